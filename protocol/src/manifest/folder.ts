import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AndonError } from '../common/errors.ts';
import { type Guard, readTextFile, systemCode, systemReason, type TextFile } from './text-file.ts';

/** The settings of the daemon: no manifest. */
const SETTINGS = 'andon.toml';
/** Both hold the same kind of files; two folders, because types and resources are often the business of different people. */
const FOLDERS = ['types.d', 'resources.d'] as const;

/** What a configuration directory holds. */
export interface ConfigurationFolder {
  readonly settings: TextFile | null;
  /** Those of `types.d`, then those of `resources.d`, then those beside them; each by name. */
  readonly manifests: readonly TextFile[];
  /** Manifests beside the folders, which only `apply` reads. */
  readonly unread: readonly string[];
}

interface Wish {
  /** Also the manifests that lie beside the folders. */
  readonly loose: boolean;
  readonly guard?: Guard;
}

/** Null: there is no such directory. A hidden file, and one that does not end in `.toml` such as `web.toml~`, is left alone. */
export async function readFolder(directory: string, { loose, guard }: Wish): Promise<ConfigurationFolder | null> {
  const top = await tomlFiles(directory, guard);
  if (top === null) return null;
  const below = await Promise.all(FOLDERS.map((folder) => tomlFiles(join(directory, folder), guard)));
  const settings = top.find((path) => path === join(directory, SETTINGS));
  const beside = top.filter((path) => path !== settings);
  const paths = [...below.flatMap((found) => found ?? []), ...(loose ? beside : [])];
  return {
    settings: settings === undefined ? null : await readTextFile(settings, guard),
    manifests: await Promise.all(paths.map((path) => readTextFile(path, guard))),
    unread: loose ? [] : beside,
  };
}

async function tomlFiles(folder: string, guard: Guard | undefined): Promise<readonly string[] | null> {
  let entries: Dirent[];
  try {
    guard?.(folder, await stat(folder));
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof AndonError) throw error;
    if (systemCode(error) === 'ENOENT') return null;
    const hint = 'Make it a folder that this user may read.';
    throw new AndonError('badConfiguration', { file: folder, detail: `cannot be read: ${systemReason(error)}`, hint }, { cause: error });
  }
  // By code unit: the same order on every machine.
  const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  return names
    .filter((name) => name.endsWith('.toml') && !name.startsWith('.'))
    .sort()
    .map((name) => join(folder, name));
}
