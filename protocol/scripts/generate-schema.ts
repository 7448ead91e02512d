// Writes protocol/schema/v1 from the zod tables; with --check, tells which of its files are stale and fails if any is.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { schemaFiles } from './schema-files.ts';

const folder = fileURLToPath(new URL('../schema/v1/', import.meta.url));

/** What `folder` holds and should not, lacks, or holds differently. */
export function staleFiles(wanted: ReadonlyMap<string, string>): string[] {
  const present = existingFiles();
  const changed = [...wanted].filter(([name, text]) => !present.has(name) || readFileSync(join(folder, name), 'utf8') !== text);
  const surplus = [...present].filter((name) => !wanted.has(name));
  return [...changed.map(([name]) => name), ...surplus];
}

function existingFiles(): ReadonlySet<string> {
  mkdirSync(folder, { recursive: true });
  return new Set(readdirSync(folder).filter((name) => name.endsWith('.json')));
}

function write(wanted: ReadonlyMap<string, string>): void {
  for (const name of staleFiles(wanted)) {
    const text = wanted.get(name);
    if (text === undefined) rmSync(join(folder, name));
    else writeFileSync(join(folder, name), text);
    console.log(`${text === undefined ? 'removed' : 'wrote'} protocol/schema/v1/${name}`);
  }
}

function check(wanted: ReadonlyMap<string, string>): void {
  const stale = staleFiles(wanted);
  for (const name of stale) console.error(`stale: protocol/schema/v1/${name}`);
  if (stale.length === 0) return;
  console.error('Bring them up to date with: npm run generate');
  process.exitCode = 1;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  if (values.check) check(schemaFiles());
  else write(schemaFiles());
}
