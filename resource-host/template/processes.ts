import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

export type Program = ChildProcess;

/** Signals the program and all that is in its process group. */
export function signalAll(signal: NodeJS.Signals, program?: Program): void {
  if (program?.pid === undefined) return;
  try {
    process.kill(-program.pid, signal);
  } catch {
    // The whole group has ended already.
  }
}

/** Resolves when the program has ended, or when `patience` is over. */
export async function ended(patience: AbortSignal, program?: Program): Promise<void> {
  if (!program || program.exitCode !== null || program.signalCode !== null) return;
  await once(program, 'exit', { signal: patience }).catch(() => undefined);
}

/** Kills all that runs of this resource, and resolves when it is gone. */
export async function endAll(resource: string, program?: Program): Promise<void> {
  signalAll('SIGKILL', program);
  for (let pids = leftovers(resource); pids.length > 0; pids = leftovers(resource)) {
    for (const pid of pids) kill(pid);
    await pause(1);
  }
}

/**
 * What runs of this resource, also what an earlier host started and left behind: all of it inherited an environment that
 * names the resource and the daemon. Only Linux shows the environment of a process.
 */
export function leftovers(resource: string): number[] {
  const wanted = [`ANDON_RESOURCE=${resource}`, `ANDON_SOCKET=${process.env['ANDON_SOCKET']}`];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    const environment = environmentOf(pid);
    return wanted.every((entry) => environment.includes(entry));
  });
}

function environmentOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    // It has ended, or is another user's: not ours.
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
