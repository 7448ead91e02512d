import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { Proof } from './proof.ts';

const folder = import.meta.dirname;

/** Every proof there is, in the order of the statements. */
export async function allProofs(): Promise<readonly Proof[]> {
  const proofs: Proof[] = [];
  for (const path of globSync('*/*.ts', { cwd: folder }).sort()) {
    const data: { readonly default: readonly Proof[] } = await import(join(folder, path));
    proofs.push(...data.default);
  }
  return proofs.sort((a, b) => a.statement.localeCompare(b.statement, 'en', { numeric: true }));
}
