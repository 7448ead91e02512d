import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { ProcessEntry } from '../shared/identity.ts';

/** USER_HZ: the clock ticks of /proc on every architecture that Linux has today. */
const TICKS_PER_SECOND = 100;

/** By what a process may be called: the name that ps shows, and the program in its command line. */
export function nameOf({ pid, name }: ProcessEntry): string[] {
  const [program = ''] = textOf(pid, 'cmdline').split('\0', 1);
  const ofProgram = basename(program);
  return ofProgram === '' || ofProgram === name ? [name] : [name, ofProgram];
}

/** Its effective user. Undefined when it is gone. */
export function uidOf(pid: number): number | undefined {
  const uid = /^Uid:\t\d+\t(\d+)/m.exec(textOf(pid, 'status'))?.[1];
  return uid === undefined ? undefined : Number(uid);
}

/** Milliseconds since 1970, to the second. */
export function startedAtMs({ startTime }: ProcessEntry): number {
  const bootSeconds = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1] ?? 0);
  return bootSeconds * 1_000 + (startTime / TICKS_PER_SECOND) * 1_000;
}

/** Empty when the process is gone. */
function textOf(pid: number, file: 'cmdline' | 'status'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
