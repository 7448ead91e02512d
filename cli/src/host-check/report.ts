import type { CheckResult, Result } from './judge.ts';
import type { Report } from './kit.ts';
import { cut, paint, plural, printable, type Style } from '../terminal/output.ts';

const WORDS: Readonly<Record<Result, { readonly word: string; readonly style: Style }>> = {
  pass: { word: 'pass', style: 'green' },
  fail: { word: 'FAIL', style: 'red' },
  warn: { word: 'warn', style: 'yellow' },
  notApplicable: { word: 'n/a', style: 'dim' },
  notReached: { word: '----', style: 'yellow' },
};
const WIDTH = 4;
const INDENT = ' '.repeat(12);

/** One line a rule, by chapter; what is not as it should be is told in full. */
export function reportText({ checks, summary, software, ms }: Report): string {
  const chapters = [...Map.groupBy(checks, ({ chapter }) => chapter)];
  const body = chapters.map(([chapter, results]) => [paint('bold', chapter), ...results.map(lines)].join('\n'));
  const counts = [
    `${summary.pass} passed`,
    `${summary.fail} failed`,
    plural(summary.warn, 'warning'),
    `${summary.notApplicable} not applicable`,
    ...(summary.notReached > 0 ? [`${summary.notReached} not reached`] : []),
  ];
  const host = software ? `${printable(software.name)} ${printable(software.version)}: ` : '';
  return [...body, `${host}${counts.join(', ')} in ${(ms / 1000).toFixed(1)} s`].join('\n\n');
}

function lines(check: CheckResult): string {
  const { word, style } = WORDS[check.result];
  const head = `  ${paint(style, word.padEnd(WIDTH))}  ${check.id.padEnd(4)}  `;
  const room = process.stdout.isTTY ? process.stdout.columns - INDENT.length - 2 : undefined;
  const first = `${head}${cut(check.rule, room)}`;
  if (check.result === 'pass') return first;
  if (check.result === 'notApplicable') return `${first}\n${INDENT}${paint('dim', printable(check.came))}`;
  if (check.result === 'notReached') return `${first}\n${fact('not reached', check.came)}`;
  const frames =
    check.frames.length === 0 ? [] : [`${INDENT}what was said:`, ...check.frames.map((line) => `${INDENT}  ${printable(line)}`)];
  return [first, fact('expected', check.expected), fact('came', check.came), fact('hint', check.hint), ...frames].join('\n');
}

function fact(name: string, text: string): string {
  const [first = '', ...rest] = text.split('\n').map(printable);
  return [`${INDENT}${`${name}:`.padEnd(10)} ${first}`, ...rest.map((line) => `${INDENT}           ${line}`)].join('\n');
}
