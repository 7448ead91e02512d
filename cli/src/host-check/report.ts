import type { CheckResult, Result } from './judge.ts';
import type { Report } from './kit.ts';
import { cut, paint, plural, printable, type Style } from '../terminal/output.ts';

const WORDS: Readonly<Record<Exclude<Result, 'notReached'>, { readonly word: string; readonly style: Style }>> = {
  pass: { word: 'pass', style: 'green' },
  fail: { word: 'FAIL', style: 'red' },
  warn: { word: 'warn', style: 'yellow' },
  notApplicable: { word: 'n/a', style: 'dim' },
};
const WIDTH = 4;
const INDENT = ' '.repeat(12);

/** One line a rule, by chapter; what is not as it should be is told in full. */
export function reportText({ checks, summary, software, ms }: Report): string {
  const reached = checks.filter(({ result }) => result !== 'notReached');
  const chapters = [...Map.groupBy(reached, ({ chapter }) => chapter)];
  const body = chapters.map(([chapter, results]) => [paint('bold', chapter), ...results.map(lines)].join('\n'));
  const counts = [
    `${summary.pass} passed`,
    `${summary.fail} failed`,
    plural(summary.warn, 'warning'),
    `${summary.notApplicable} not applicable`,
    ...(summary.notReached > 0 ? [`${summary.notReached} not reached`] : []),
  ];
  const host = software ? `${printable(software.name)} ${printable(software.version)}: ` : '';
  return [...body, ...notReached(checks), `${host}${counts.join(', ')} in ${(ms / 1000).toFixed(1)} s`].join('\n\n');
}

/** One paragraph for each thing that stood in the way. */
function notReached(checks: readonly CheckResult[]): readonly string[] {
  const missed = checks.filter(({ result }) => result === 'notReached');
  return [...Map.groupBy(missed, ({ came }) => came)].map(([came, those]) => {
    const head = `${paint('yellow', 'not reached')}  ${those.map(({ id }) => id).join(' ')}`;
    return `${head}\n${fact('because', came)}`;
  });
}

function lines(check: CheckResult): string {
  if (check.result === 'notReached') return '';
  const { word, style } = WORDS[check.result];
  const head = `  ${paint(style, word.padEnd(WIDTH))}  ${check.id.padEnd(4)}  `;
  const room = process.stdout.isTTY ? process.stdout.columns - INDENT.length - 2 : undefined;
  const first = `${head}${cut(check.rule, room)}`;
  if (check.result === 'pass') return first;
  if (check.result === 'notApplicable') return `${first}\n${INDENT}${paint('dim', printable(check.came))}`;
  const frames =
    check.frames.length === 0 ? [] : [`${INDENT}what was said:`, ...check.frames.map((line) => `${INDENT}  ${printable(line)}`)];
  return [first, fact('expected', check.expected), fact('came', check.came), fact('hint', check.hint), ...frames].join('\n');
}

function fact(name: string, text: string): string {
  const [first = '', ...rest] = text.split('\n').map(printable);
  return [`${INDENT}${`${name}:`.padEnd(10)} ${first}`, ...rest.map((line) => `${INDENT}           ${line}`)].join('\n');
}
