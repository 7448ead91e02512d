import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Directory of the cgroup of a process that has the `pids` controller or is of version 2, nearest first up to the root of its mount. */
export async function cgroupDirectories(pid: number | 'self', version: 'pids' | 2): Promise<readonly string[]> {
  const [membership, mountinfo] = await Promise.all([read(`/proc/${pid}/cgroup`), read('/proc/self/mountinfo')]);
  const path = (version === 2 ? /^0::(\/.*)$/m : /^\d+:(?:[^:]*,)?pids(?:,[^:]*)?:(\/.*)$/m).exec(membership)?.[1];
  const mount = mountinfo
    .split('\n')
    .map(parseMount)
    .find((one) => one !== null && (version === 2 ? one.type === 'cgroup2' : one.type === 'cgroup' && one.options.includes('pids')));
  if (path === undefined || !mount) return [];
  const below = relative(mount.root, path);
  if (below.startsWith('..')) return [];
  const parts = below === '' ? [] : below.split('/');
  return Array.from({ length: parts.length + 1 }, (_, index) => join(mount.point, ...parts.slice(0, parts.length - index)));
}

interface Mount {
  readonly root: string;
  readonly point: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** proc(5): `ID PARENT MAJOR:MINOR ROOT POINT … - TYPE SOURCE OPTIONS` */
function parseMount(line: string): Mount | null {
  const [left = '', right = ''] = line.split(' - ');
  const [, , , root, point] = left.split(' ');
  const [type, , options = ''] = right.split(' ');
  return root === undefined || point === undefined || type === undefined ? null : { root, point, type, options: options.split(',') };
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
