import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SourceFile, sourceFile } from './source-file.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = ['{protocol,daemon,resource-host,cli}/src/**/*.ts', 'protocol/scripts/**/*.ts'];
const MANIFESTS = ['package.json', '{protocol,daemon,resource-host,cli,tests}/package.json', 'package-lock.json'];

/** Every file that a rule may look at, as it stands in the checkout. */
export function checkout(): SourceFile[] {
  const paths = globSync([...SOURCES, ...MANIFESTS], {
    cwd: root,
    exclude: ['**/node_modules/**', '**/dist/**'],
  });
  return paths.sort().map((path) => sourceFile(path, readFileSync(join(root, path), 'utf8')));
}

/** Path of the file that a relative import names, or null for a package. */
export function target(file: SourceFile, specifier: string): string | null {
  return specifier.startsWith('.') ? posix.join(posix.dirname(file.path), specifier) : null;
}

/** Every cycle of imports that are followed when a file is loaded, as the paths along it. */
export function importCycles(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const finished = new Set<string>();
  const cycles: string[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    const file = byPath.get(path);
    if (!file || finished.has(path)) return;
    if (trail.includes(path)) {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      return;
    }
    for (const { specifier, typeOnly, lazy } of file.imports) {
      const next = target(file, specifier);
      if (next && !typeOnly && !lazy) walk(next, [...trail, path]);
    }
    finished.add(path);
  };
  for (const { path } of files) walk(path, []);
  return cycles;
}
