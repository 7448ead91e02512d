import { readFile, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf, reasonOf } from '../failure.ts';
import { type Check, fail, ok, type Patient, quoted, warn } from './check.ts';

const MEBIBYTE = 1024 * 1024;
const LOW_BYTES = 200 * MEBIBYTE;
const EMPTY_BYTES = 16 * MEBIBYTE;
const LOW_FILES = 10_000;
const EMPTY_FILES = 500;
/** The runtime directory holds a few sockets and pipes, and lies in a small file system of its own. */
const LOW_RUNTIME_BYTES = MEBIBYTE;

/** Room and permission to write, for state and for sockets. A directory that is not there yet stands for the one it will be made in. */
export async function diskChecks({ stateDir, runtimeDir }: Patient): Promise<readonly Check[]> {
  const mounts = await readMounts();
  return [
    await bytesCheck('disk space', stateDir, LOW_BYTES, EMPTY_BYTES),
    await bytesCheck('runtime space', runtimeDir, LOW_RUNTIME_BYTES, LOW_RUNTIME_BYTES / 16),
    await filesCheck('inodes', stateDir),
    await filesCheck('runtime inodes', runtimeDir),
    mountCheck([stateDir, runtimeDir], mounts),
  ];
}

async function bytesCheck(name: string, directory: string, low: number, empty: number): Promise<Check> {
  const found = await nearest(directory);
  if ('problem' in found) return warn(name, found.problem, `ls -ld ${quoted(directory)}`);
  const free = found.bavail * found.bsize;
  const detail = `${Math.floor(free / MEBIBYTE)} MiB free in ${found.path}`;
  if (free >= low) return ok(name, detail);
  const words = `${detail}: with a full disk configuration cannot be changed, and events are not kept`;
  const remedy = `Free some: du -xh ${quoted(found.path)} | sort -h | tail`;
  return free < empty ? fail(name, words, remedy) : warn(name, words, remedy);
}

/** File systems that make inodes as they need them say that they have none at all. */
async function filesCheck(name: string, directory: string): Promise<Check> {
  const found = await nearest(directory);
  if ('problem' in found) return warn(name, found.problem, `ls -ld ${quoted(directory)}`);
  if (found.files === 0) return ok(name, `unlimited in ${found.path}`);
  const detail = `${found.ffree} free in ${found.path}`;
  // A small file system has few, and is not in trouble as long as most are free.
  if (found.ffree >= LOW_FILES || (found.ffree >= EMPTY_FILES && found.ffree * 10 >= found.files)) return ok(name, detail);
  const remedy = `See where they are: du -x --inodes ${quoted(found.path)} | sort -n | tail`;
  return found.ffree < EMPTY_FILES ? fail(name, detail, remedy) : warn(name, detail, remedy);
}

interface Room {
  readonly path: string;
  readonly bavail: number;
  readonly bsize: number;
  readonly files: number;
  readonly ffree: number;
}

async function nearest(directory: string): Promise<Room | { readonly problem: string }> {
  for (let path = directory; ; path = dirname(path)) {
    try {
      const { bavail, bsize, files, ffree } = await statfs(path);
      return { path, bavail, bsize, files, ffree };
    } catch (error) {
      if (path === dirname(path) || errnoOf(error) !== 'ENOENT') return { problem: `${path}: ${reasonOf(error)}` };
    }
  }
}

interface Mount {
  readonly point: string;
  readonly isReadOnly: boolean;
}

function mountCheck(directories: readonly string[], mounts: readonly Mount[]): Check {
  const name = 'mounts';
  for (const directory of directories) {
    // Of two mounts at one point the later one is seen.
    const mount = mounts.findLast(
      ({ point }, _, all) =>
        isBelow(directory, point) && !all.some((other) => isBelow(directory, other.point) && other.point.length > point.length),
    );
    if (mount?.isReadOnly)
      return fail(name, `${mount.point}, which holds ${directory}, is mounted read-only`, `mount -o remount,rw ${quoted(mount.point)}`);
  }
  return ok(name, 'state and runtime can be written to');
}

function isBelow(path: string, point: string): boolean {
  return point === '/' || path === point || path.startsWith(`${point}/`);
}

/** proc(5): of a mount and of its file system either may be read-only. */
async function readMounts(): Promise<readonly Mount[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const [, , , , point, options = ''] = left.split(' ');
    const superOptions = right.split(' ')[2] ?? '';
    if (point === undefined) return [];
    const isReadOnly = [options, superOptions].some((list) => list.split(',').includes('ro'));
    return [{ point: point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))), isReadOnly }];
  });
}
