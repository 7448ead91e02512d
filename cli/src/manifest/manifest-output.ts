import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errnoOf, reasonOf, usageError } from '../failure.ts';

/**
 * Writes the files of a configuration directory. Another manifest in the same folders is refused before anything is written: what it
 * names would stand twice.
 */
export async function writeFiles(directory: string, files: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const folders = ['types.d', 'resources.d'];
  for (const folder of folders)
    await refuseOthers(join(directory, folder), new Set([...files.keys()].map((path) => join(directory, path))));
  try {
    for (const folder of folders) await mkdir(join(directory, folder), { recursive: true });
    for (const [path, text] of files) await replace(join(directory, path), text);
  } catch (error) {
    throw usageError(`${directory} cannot be written: ${reasonOf(error)}.`, 'Name a folder that this user may write to.');
  }
  return [...files.keys()];
}

async function refuseOthers(folder: string, own: ReadonlySet<string>): Promise<void> {
  const present = await readdir(folder).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return [];
    throw usageError(`${folder} cannot be read: ${reasonOf(error)}.`, 'Name another folder.');
  });
  const others = present.filter((name) => name.endsWith('.toml') && !name.startsWith('.') && !own.has(join(folder, name)));
  if (others.length === 0) return;
  const detail = `${folder} has other manifests: ${others.join(', ')}.`;
  throw usageError(detail, 'Name an empty folder, or move them away first: what they name would stand twice.');
}

/** Nobody reads half a file, and one that is there keeps its bytes until the new one is whole. */
async function replace(path: string, text: string): Promise<void> {
  const beside = join(dirname(path), `.${basename(path)}.new`);
  await writeFile(beside, text);
  await rename(beside, path);
}
