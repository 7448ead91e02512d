import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine } from './machine.ts';

const RESULTS = join(import.meta.dirname, '..', 'results');

/** Writes `bench/results/NAME-DATE.json` and answers its path. A second run on one day replaces the first. */
export function writeResults(name: string, figures: object): string {
  const now = new Date().toISOString();
  const path = join(RESULTS, `${name}-${now.slice(0, 10)}.json`);
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(path, `${JSON.stringify({ benchmark: name, at: now, machine: describeMachine(), ...figures }, null, 2)}\n`);
  return path;
}
