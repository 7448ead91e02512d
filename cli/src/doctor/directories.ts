import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf, reasonOf } from '../failure.ts';
import { startCommand } from '../connection/places.ts';
import { type Check, fail, ok, type Patient, quoted, some } from './check.ts';

const WRITABLE_BY_OTHERS = 0o022;
const FOR_THE_OWNER_ALONE = 0o077;
const STICKY = 0o1000;

/** A directory or file that others may write to lets them put a socket, a pipe or a configuration of theirs in our place. */
export async function directoryChecks({ runtimeDir, stateDir, status, flags }: Patient): Promise<readonly Check[]> {
  const start = status === null ? startCommand(flags) : 'andon daemon upgrade';
  return [
    await directoryCheck('runtime directory', runtimeDir, status !== null, start),
    await directoryCheck('state directory', stateDir, status !== null, start),
    await parentsCheck([runtimeDir, stateDir]),
    await filesCheck(stateDir),
  ];
}

async function directoryCheck(name: string, path: string, isExpected: boolean, start: string): Promise<Check> {
  const found = await look(path);
  if (typeof found === 'string') return isExpected ? fail(name, `${path}: ${found}`, start) : ok(name, `${path}: ${found}`);
  const shown = `${path} (mode ${modeOf(found)}, uid ${found.uid})`;
  if (!found.isDirectory()) return fail(name, `${shown} is not a directory`, `mv ${quoted(path)} ${quoted(`${path}.moved`)}`);
  if ((found.mode & WRITABLE_BY_OTHERS) !== 0) return fail(name, `${shown} can be written by others`, `chmod go-w ${quoted(path)}`);
  const uid = process.getuid?.() ?? found.uid;
  if (found.uid !== uid && found.uid !== 0 && uid !== 0) {
    return fail(name, `${shown} belongs to another user than ${uid}`, `sudo chown -R ${uid} ${quoted(path)}`);
  }
  return ok(name, shown);
}

/** Whoever may rename a directory on the way can replace all that is below it. */
async function parentsCheck(paths: readonly string[]): Promise<Check> {
  const name = 'parent directories';
  const seen = new Set<string>();
  for (const path of paths) {
    for (let parent = dirname(path); !seen.has(parent); parent = dirname(parent)) {
      seen.add(parent);
      const found = await look(parent);
      if (typeof found === 'string' || (found.mode & WRITABLE_BY_OTHERS) === 0 || (found.mode & STICKY) !== 0) continue;
      return fail(name, `${parent} (mode ${modeOf(found)}): others may replace ${path}`, `chmod go-w ${quoted(parent)}`);
    }
  }
  return ok(name, `${some([...seen])}: others may replace nothing`);
}

/** Files with secrets: private properties in the store, tokens of hosts, whatever hosts print. */
async function filesCheck(stateDir: string): Promise<Check> {
  const name = 'private files';
  const files = ['andon.db', 'andon.db-wal', 'incidents', 'logs'].map((file) => join(stateDir, file));
  const seen: string[] = [];
  for (const path of files) {
    const found = await look(path);
    if (typeof found === 'string') continue;
    seen.push(path);
    if ((found.mode & FOR_THE_OWNER_ALONE) !== 0 && (await isOpen(stateDir))) {
      const shown = `${path} (mode ${modeOf(found)})`;
      return fail(name, `${shown} is open to other users, and holds what is private`, `chmod go= ${quoted(path)}`);
    }
    if (found.isSymbolicLink()) return fail(name, `${path} is a symbolic link`, `ls -l ${quoted(path)}`);
  }
  return ok(name, seen.length === 0 ? 'there are none yet' : `${some(seen)}: for their owner alone`);
}

/** Below a directory that is closed to others nothing is open to them. */
async function isOpen(directory: string): Promise<boolean> {
  const found = await look(directory);
  return typeof found !== 'string' && (found.mode & 0o011) !== 0;
}

async function look(path: string): Promise<Stats | string> {
  try {
    return await lstat(path);
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? 'it does not exist' : reasonOf(error);
  }
}

export function modeOf({ mode }: { readonly mode: number }): string {
  return `0${(mode & 0o7777).toString(8)}`;
}
