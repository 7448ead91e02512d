import { readdirSync, readFileSync } from 'node:fs';

/** A file of /proc; empty when its process has gone meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** A zombie has ended: nothing of it runs. */
export function isRunning(pid: number): boolean {
  const state = /\) (\S)/.exec(read(`/proc/${pid}/stat`))?.[1];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** Sends a signal; false when there is no such process any more. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return pid > 0 && process.kill(pid, name);
  } catch {
    return false;
  }
}

export interface SeenProcess {
  readonly pid: number;
  readonly session: number;
  readonly argv: readonly string[];
  readonly environment: ReadonlySet<string>;
}

/** All processes that have a command line. */
export function processes(): SeenProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(seen)
    .filter(({ pid, argv }) => argv.length > 0 && isRunning(pid));
}

function seen(name: string): SeenProcess {
  const [, session] = /\) \S+ \d+ \d+ (\d+)/.exec(read(`/proc/${name}/stat`)) ?? [];
  return {
    pid: Number(name),
    session: Number(session),
    argv: read(`/proc/${name}/cmdline`).split('\0').slice(0, -1),
    environment: new Set(read(`/proc/${name}/environ`).split('\0')),
  };
}

export function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

export function openDescriptors(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0;
  }
}
