import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AndonError } from '@andon/protocol/errors';
import { errnoOf, reasonOf } from '../failure.ts';
import { difference } from './difference.ts';
import { UNIT } from './service-place.ts';
import { MARKER } from './unit.ts';

export interface UnitFile {
  readonly state: 'absent' | 'same' | 'differs' | 'foreign';
  /** What would change, as `- old` and `+ new` lines. */
  readonly changes: readonly string[];
}

/** How the file that is there relates to what it should be. */
export async function lookAtUnit(path: string, wanted: string): Promise<UnitFile> {
  const found = await textOf(path);
  if (found === null) return { state: 'absent', changes: [] };
  if (found === wanted) return { state: 'same', changes: [] };
  return { state: isOurs(found) ? 'differs' : 'foreign', changes: difference(found, wanted) };
}

/** Null: there is none. */
export async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null;
    throw new AndonError('badConfiguration', { file: path, detail: reasonOf(error), hint: 'Mend it, then run the command again.' });
  }
}

export function isOurs(text: string): boolean {
  return text.startsWith(MARKER);
}

/** Readers see the old file or the new one, whole. */
export async function writeUnit(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${UNIT}.${process.pid}`);
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, 'w', 0o644);
    try {
      // open obeys the umask, and systemd warns of a unit that not everyone can read.
      await file.chmod(0o644);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new AndonError('badConfiguration', {
      file: path,
      detail: `it cannot be written: ${reasonOf(error)}`,
      hint: 'Mend what it says; nothing was changed.',
    });
  }
}
