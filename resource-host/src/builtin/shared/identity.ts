import { readFileSync } from 'node:fs';

/** What a process is beyond its number, which is reused. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot, as /proc tells them. */
  readonly startTime: number;
  readonly bootId: string;
}

/** One line of the process table. */
export interface ProcessEntry {
  readonly pid: number;
  /** As ps shows it: of its program, at most 15 characters, unless it calls itself otherwise. */
  readonly name: string;
  /** `Z` and `X` have exited. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly startTime: number;
}

let knownBootId: string | undefined;

export function bootId(): string {
  knownBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return knownBootId;
}

/** Undefined when there is no such process, or none any more. */
export function readProcess(pid: number): ProcessEntry | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name in parentheses may hold blanks and parentheses itself: proc(5).
  const [state = '', ...numbers] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [parent = 0, group = 0, session = 0] = numbers.slice(0, 3).map(Number);
  const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
  return { pid, name, state, parent, group, session, startTime: Number(numbers[18]) };
}

/** Undefined when the process is gone already. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const entry = readProcess(pid);
  return entry && { pid, startTime: entry.startTime, bootId: bootId() };
}

export function isRunning(identity: ProcessIdentity): boolean {
  const entry = identity.bootId === bootId() ? readProcess(identity.pid) : undefined;
  return entry !== undefined && entry.startTime === identity.startTime && !hasExited(entry);
}

export function hasExited(entry: ProcessEntry): boolean {
  return entry.state === 'Z' || entry.state === 'X';
}

/** Signals this process and no other; false when it is gone. Throws what kill(2) refuses. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isRunning(identity)) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** Whether the environment with which the process was started holds this line. False when it may not be read. */
export function hasEnvironmentLine(pid: number, line: string): boolean {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, 'utf8')}`.includes(`\0${line}\0`);
  } catch {
    return false;
  }
}
