import { lstat, readFile, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Stats } from 'node:fs';
import type { Check } from './doctor-checks.ts';
import { reasonOf } from './failure.ts';

const MEBIBYTE = 1024 * 1024;
const LOW_BYTES = 200 * MEBIBYTE;
const EMPTY_BYTES = 16 * MEBIBYTE;
/** A pipe, a connection and a pidfd a host, and the same again for adoption. */
const ENOUGH_FILES = 4096;

/** A directory that others may write to lets them put a socket or a pipe of theirs in our place. */
export async function directoryCheck(name: string, path: string, expected: boolean): Promise<Check> {
  let found: Stats;
  try {
    found = await lstat(path);
  } catch (error) {
    const detail = `${path}: ${reasonOf(error)}`;
    return {
      name,
      result: expected ? 'fail' : 'ok',
      detail,
      remedy: expected ? 'Start the daemon again: andon down, andon up --detach' : '',
    };
  }
  const shown = `${path} (mode ${modeOf(found)}, uid ${found.uid})`;
  const problem = directoryProblem(found);
  return {
    name,
    result: problem === '' ? 'ok' : 'fail',
    detail: problem === '' ? shown : `${shown} ${problem}`,
    remedy: `chmod 0700 ${path}, as its owner`,
  };
}

function directoryProblem(found: Stats): string {
  const uid = process.getuid?.() ?? found.uid;
  if (!found.isDirectory()) return 'is not a directory';
  if ((found.mode & 0o022) !== 0) return 'can be written by others';
  return found.uid === uid || found.uid === 0 || uid === 0 ? '' : `belongs to another user than ${uid}`;
}

export async function socketCheck(runtimeDir: string, expected: boolean): Promise<Check> {
  const path = join(runtimeDir, 'control.sock');
  try {
    const found = await lstat(path);
    const open = (found.mode & 0o002) !== 0;
    const detail = `${path} (mode ${modeOf(found)}, uid ${found.uid})`;
    if (!found.isSocket())
      return {
        name: 'socket',
        result: 'fail',
        detail: `${detail} is not a socket`,
        remedy: `Remove ${path}, then: andon up --detach`,
      };
    if (open)
      return {
        name: 'socket',
        result: 'fail',
        detail: `${detail} is open to everyone`,
        remedy: `chmod o-w ${path}`,
      };
    if (expected) return { name: 'socket', result: 'ok', detail, remedy: '' };
    return {
      name: 'socket',
      result: 'warn',
      detail: `${detail} is left over: nobody answers there`,
      remedy: 'The next daemon removes it: andon up --detach',
    };
  } catch (error) {
    return {
      name: 'socket',
      result: expected ? 'fail' : 'ok',
      detail: `${path}: ${reasonOf(error)}`,
      remedy: expected ? 'Start the daemon again.' : '',
    };
  }
}

function modeOf({ mode }: Stats): string {
  return `0${(mode & 0o7777).toString(8)}`;
}

/** LimitNOFILE of the daemon, or of this process when none runs. */
export async function fileLimitCheck(pid: number | null): Promise<Check> {
  const name = 'open files';
  try {
    const limits = await readFile(`/proc/${pid ?? 'self'}/limits`, 'utf8');
    const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1] ?? '0';
    const enough = soft === 'unlimited' || Number(soft) >= ENOUGH_FILES;
    const detail = `${pid === null ? 'this shell' : 'the daemon'} may have ${soft} open`;
    const remedy = `Enough for about ${Math.floor(Number(soft) / 4)} hosts. Raise it: ulimit -n 65536, or LimitNOFILE=65536 in the unit.`;
    return { name, result: enough ? 'ok' : 'warn', detail, remedy: enough ? '' : remedy };
  } catch (error) {
    return { name, result: 'warn', detail: `cannot be read here: ${reasonOf(error)}`, remedy: '' };
  }
}

/** Of the state directory, or of the nearest one above it that exists. */
export async function bytesFree(stateDir: string): Promise<Check> {
  const name = 'disk space';
  for (let path = stateDir; ; path = dirname(path)) {
    try {
      const { bavail, bsize } = await statfs(path);
      const free = bavail * bsize;
      const detail = `${Math.floor(free / MEBIBYTE)} MiB free in ${path}`;
      if (free >= LOW_BYTES) return { name, result: 'ok', detail, remedy: '' };
      const remedy = 'With a full disk configuration cannot be changed, and events are not kept. Free some space.';
      return { name, result: free < EMPTY_BYTES ? 'fail' : 'warn', detail, remedy };
    } catch (error) {
      if (path === dirname(path)) return { name, result: 'warn', detail: reasonOf(error), remedy: '' };
    }
  }
}
