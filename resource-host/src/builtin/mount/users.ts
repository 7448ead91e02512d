import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { bootId, type ProcessIdentity, readProcess } from '../shared/identity.ts';

/** One process that keeps a file system busy. */
export interface User extends ProcessIdentity {
  readonly command: string;
}

/** Who stands in this directory, or holds something below it open. */
export async function usersOf(directory: string): Promise<User[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => Number.isInteger(pid) && pid !== process.pid);
  const found = await Promise.all(pids.map((pid) => userOf(pid, directory)));
  return found.flatMap((user) => user ?? []);
}

export function namesOf(users: readonly User[]): string {
  return users.length === 0 ? 'nobody that can be seen here' : users.map(({ pid, command }) => `pid ${pid} (${command})`).join(', ');
}

async function userOf(pid: number, directory: string): Promise<User | undefined> {
  const folder = `/proc/${pid}`;
  const descriptors = await readdir(join(folder, 'fd')).catch(() => []);
  const links = ['cwd', 'root', 'exe', ...descriptors.map((fd) => `fd/${fd}`)];
  const paths = await Promise.all(links.map((link) => readlink(join(folder, link)).catch(() => '')));
  if (!paths.some((path) => path === directory || path.startsWith(`${directory}/`))) return undefined;
  const entry = readProcess(pid);
  const exe = paths[2] ?? '';
  return entry && { pid, startTime: entry.startTime, bootId: bootId(), command: exe.slice(exe.lastIndexOf('/') + 1) || '?' };
}
