// Draws what `npm run bench -- failure-timeline` has measured last.
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { table } from './markdown.ts';

interface Step {
  readonly step: string;
  readonly p10: number;
  readonly median: number;
  readonly p90: number;
}
interface Results {
  readonly at: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly kernel: string; readonly node: string };
  readonly restartDelayMs: number;
  readonly failures: number;
  readonly record: readonly Step[];
  readonly kill: readonly Step[];
}

const COLUMNS = 60;
const WORDS: Readonly<Record<string, string>> = {
  fails: 'the resource calls fail()',
  'record written': 'the record is in the pipe',
  'record read': 'andond has read it',
  'terminate sent': 'the frame has left andond, which turns to its books',
  'terminate begins': 'terminate() of the resource is entered',
  'terminate answered': 'andond has the answer: cleaned up',
  'online called': 'the next incarnation begins in andond',
  'online begins': 'online() of the resource is entered',
  'online again': 'andond has the answer: Online',
  killed: 'kill -9 from outside',
};

/** By the name of the mark in failure-path.md. */
export function timelines(): Readonly<Record<string, string>> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const newest = globSync('bench/results/failure-timeline-*.json', { cwd: root }).sort().at(-1);
  if (newest === undefined) throw new Error('no results: npm run bench -- failure-timeline');
  const results: Results = JSON.parse(readFileSync(`${root}${newest}`, 'utf8'));
  const { at, machine, failures } = results;
  const source = `[${newest}](../${newest}): ${at.slice(0, 10)}, ${machine.cores} cores (${machine.cpu}), ${machine.kernel}, Node ${machine.node.slice(1)}; medians of ${failures} failures.`;
  return {
    'timeline of a record': drawing(results.record),
    'timeline of a kill': drawing(results.kill),
    'figures of a record': figures(results.record),
    'figures of a kill': figures(results.kill),
    machine: source,
  };
}

/** To scale up to the answer to terminate; what comes after RestartDelay would leave no room for it. */
function drawing(steps: readonly Step[]): string {
  const before = steps.filter(({ step }) => !step.startsWith('online'));
  const after = steps.filter(({ step }) => step.startsWith('online'));
  const longest = Math.max(...before.map(({ median }) => median));
  const near = before.map(({ step, median }) => line(median, Math.round((median / longest) * COLUMNS), step));
  const far = after.map(({ step, median }) => line(median, 0, step));
  return ['```text', ...near, `${' '.repeat(12)}⋮ RestartDelay`, ...far, '```'].join('\n');
}

function line(us: number, column: number, step: string): string {
  return `${String(us).padStart(8)} µs ${'─'.repeat(column)}● ${WORDS[step] ?? step}`;
}

function figures(steps: readonly Step[]): string {
  return table(
    ['µs, median', '10th … 90th percentile', 'step'],
    steps.map(({ step, p10, median, p90 }) => [String(median), `${p10} … ${p90}`, WORDS[step] ?? step]),
  );
}
