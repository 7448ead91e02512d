// What `npm run bench -- peers` has measured last, as a table.
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { table } from './markdown.ts';

interface Figures {
  readonly peer: string;
  readonly setting: string;
  readonly restartMs: { readonly median: number; readonly min: number; readonly max: number };
  readonly instancesAfterCrash: readonly number[];
  readonly originalIsWatched: boolean;
}
interface Results {
  readonly at: string;
  readonly machine: { readonly cores: number; readonly kernel: string };
  readonly kills: number;
  readonly figures: readonly Figures[];
}

/** By the name of the mark in README.md. */
export function comparison(): Readonly<Record<string, string>> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const newest = globSync('bench/results/peers-*.json', { cwd: root }).sort().at(-1);
  if (newest === undefined) throw new Error('no results: npm run bench -- peers');
  const { at, machine, kills, figures }: Results = JSON.parse(readFileSync(`${root}${newest}`, 'utf8'));
  const columns = (of: (one: Figures) => string): string[] => figures.map(of);
  const rows = [
    ['`kill -9` of the supervisor, which is then started again: instances of each service', ...columns(instances)],
    ['… and the instance from before is watched again', ...columns(({ originalIsWatched }) => (originalIsWatched ? 'yes' : 'no'))],
    ['`kill -9` of a service: the next instance runs after', ...columns(({ restartMs }) => `${rounded(restartMs.median)} ms`)],
  ];
  const settings = figures.map(({ peer, setting }) => `${peer}: ${setting}`).join('; ');
  const source = `Measured by \`npm run bench -- peers\`: [${at.slice(0, 10)}](${newest}), ${machine.cores} cores, ${machine.kernel}, median of ${kills} kills. ${settings}.`;
  return { comparison: `${table(['', ...columns(({ peer }) => peer)], rows)}\n\n${source}` };
}

function instances({ instancesAfterCrash }: Figures): string {
  return [...new Set(instancesAfterCrash)].join(' or ');
}

function rounded(ms: number): string {
  return ms < 10 ? ms.toFixed(1) : String(Math.round(ms));
}
