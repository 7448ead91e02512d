import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../shared/child.ts';

const BIN = join(import.meta.dirname, 'bin');

export interface Programs {
  readonly host: string;
  readonly floor: string;
}

/** Compiles the host and the floor. `CC` names another compiler than cc. */
export async function compile(): Promise<Programs> {
  mkdirSync(BIN, { recursive: true });
  const programs = { host: join(BIN, 'host'), floor: join(BIN, 'floor') };
  for (const [name, output] of Object.entries(programs)) {
    const source = join(import.meta.dirname, `${name}.c`);
    await run(process.env['CC'] ?? 'cc', ['-std=c11', '-O2', '-Wall', '-Wextra', '-o', output, source]);
  }
  return programs;
}
