import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { Proof } from './proof.ts';

const folder = import.meta.dirname;

/** Every proof there is, in the order of the statements. */
export async function allProofs(): Promise<readonly Proof[]> {
  const proofs: Proof[] = [];
  for (const path of globSync('*/*.ts', { cwd: folder }).sort()) {
    const { default: entries } = (await import(join(folder, path))) as { default: readonly Proof[] };
    proofs.push(...entries);
  }
  return proofs.sort((a, b) => a.statement.localeCompare(b.statement, 'en', { numeric: true }));
}
