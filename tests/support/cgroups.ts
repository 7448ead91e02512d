import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

/** Directory of the cgroup v2 that a process is in. */
export function cgroupOf(pid: number | 'self'): string {
  const path = /^0::(\/.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1] ?? '';
  const mount = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((line) => line.includes(' - cgroup2 '));
  if (!mount) throw new Error('no cgroup v2 is mounted');
  return join(mount.split(' ')[4] ?? '', path);
}

/** Whether this user may make one, as the daemon does where it can. */
export function canMakeCgroups(): boolean {
  try {
    const directory = join(cgroupOf('self'), `andon-test-${process.pid}`);
    mkdirSync(directory);
    rmdirSync(directory);
    return true;
  } catch {
    return false;
  }
}
