// Tells what `npm run bench -- types` has measured last.
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { table } from './markdown.ts';

interface Results {
  readonly at: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly kernel: string; readonly node: string };
  readonly faults: number;
  readonly figures: readonly {
    readonly type: string;
    readonly fault: string;
    readonly p10: number;
    readonly median: number;
    readonly p90: number;
  }[];
}

/** From a fault to the terminate of each type, with what it was measured on. */
export function typeTimes(): string {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const newest = globSync('bench/results/types-*.json', { cwd: root }).sort().at(-1);
  if (newest === undefined) throw new Error('no results: npm run bench -- types');
  const { at, machine, faults, figures }: Results = JSON.parse(readFileSync(`${root}${newest}`, 'utf8'));
  const rows = figures.map(({ type, fault, p10, median, p90 }) => [`\`${type}\``, fault, ms(median), `${ms(p10)} … ${ms(p90)}`]);
  const source = `[${newest}](../../${newest}): ${at.slice(0, 10)}, ${machine.cores} cores (${machine.cpu}), ${machine.kernel}, Node ${machine.node.slice(1)}; ${faults} faults each.`;
  return `${table(['type', 'fault', 'median, ms', '10th … 90th percentile'], rows)}\n\n${source}`;
}

function ms(microseconds: number): string {
  return (microseconds / 1_000).toFixed(1);
}
