import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { AndonError } from '@andon/protocol/errors';
import { reasonOf } from '../failure.ts';
import type { Language } from './languages.ts';

export interface NewHost {
  readonly language: Language;
  /** Absolute. */
  readonly folder: string;
  /** Name of the type. */
  readonly name: string;
  /** Also into a folder that has something in it; files of the same names are replaced. */
  readonly force: boolean;
}

/** Of a library, what only its own author needs; of both, what building left behind. */
const NOT_COPIED = /^(?:\.gitignore|tests?|examples?|template|target|build|node_modules|__pycache__|.*_test\.go|.*\.(?:o|a|pyc))$/;

/**
 * Copies the template with the type's name in it, and the library beside it. Answers the first resource of its manifest.
 *
 * @throws AndonError `folderNotEmpty` | `folderTrouble`
 */
export function createHost({ language, folder, name, force }: NewHost, packageFolder: string): string {
  try {
    if (!force && existsSync(folder) && readdirSync(folder).length > 0) throw new AndonError('folderNotEmpty', { path: folder });
    mkdirSync(folder, { recursive: true });
    copyTemplate(join(packageFolder, language.template), folder, name);
    for (const { from, to } of language.library) copyLibrary(join(packageFolder, from), join(folder, to));
    return firstResource(join(folder, 'type.toml'));
  } catch (error) {
    if (error instanceof AndonError) throw error;
    throw new AndonError('folderTrouble', { path: folder, reason: reasonOf(error) }, { cause: error });
  }
}

function copyTemplate(from: string, to: string, name: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (NOT_COPIED.test(entry.name)) continue;
    const [source, target] = [join(from, entry.name), join(to, nameOf(entry.name))];
    if (entry.isDirectory()) {
      mkdirSync(target, { recursive: true });
      copyTemplate(source, target, name);
    } else {
      writeFileSync(target, readFileSync(source, 'utf8').replaceAll('{{name}}', name));
      // The mode that writeFileSync is given counts for new files only.
      chmodSync(target, statSync(source).mode & 0o777);
    }
  }
}

/** npm packs no file of that name, so a template has it without the dot. */
function nameOf(file: string): string {
  return file === 'gitignore' ? '.gitignore' : file;
}

function copyLibrary(from: string, to: string): void {
  const filter = (path: string): boolean => relative(from, path) === '' || !NOT_COPIED.test(basename(path));
  cpSync(from, to, { recursive: true, filter });
}

function firstResource(manifest: string): string {
  const [, name = ''] = /^\[\[resource\]\]\nname = "([^"]+)"$/m.exec(readFileSync(manifest, 'utf8')) ?? [];
  return name;
}
