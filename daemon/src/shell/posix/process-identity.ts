import { closeSync, readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { ProcessIdentity } from '../../ports/index.ts';
import { native } from './native.ts';

/** What the kernel tells of one process: proc(5), /proc/PID/stat. */
export interface ProcessFacts {
  readonly pid: number;
  readonly state: string;
  readonly parentPid: number;
  readonly groupId: number;
  readonly threads: number;
  /** Clock ticks from boot to its start: with the pid, one of its kind in this boot. */
  readonly startTime: string;
}

/** Null when there is no such process. */
export function readFacts(pid: number): ProcessFacts | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null;
  }
  // The name may hold blanks and brackets; nothing behind the last bracket does.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = '', parentPid = '', groupId = ''] = fields;
  return {
    pid,
    state,
    parentPid: Number(parentPid),
    groupId: Number(groupId),
    threads: Number(fields[17]),
    startTime: fields[19] ?? '',
  };
}

/** All processes that this one may see. About 20 µs a process, so only for what is rare. */
export function readProcesses(): ProcessFacts[] {
  const all: ProcessFacts[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const facts = readFacts(Number(name));
    if (facts) all.push(facts);
  }
  return all;
}

/** A zombie has exited; but one whose other threads run on has lost only its first thread. */
export function isDead(facts: ProcessFacts): boolean {
  return facts.state === 'X' || (facts.state === 'Z' && facts.threads <= 1);
}

let boot: string | undefined;

/** Distinguishes this boot from every other. */
export function bootId(): string {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return boot;
}

/** Null when there is no such process. */
export function identityOf(pid: number): ProcessIdentity | null {
  const facts = readFacts(pid);
  return facts && { pid, startTime: facts.startTime, bootId: bootId() };
}

/** The facts of exactly this process while it lives. */
export function livingFacts(identity: ProcessIdentity): ProcessFacts | null {
  if (identity.bootId !== bootId()) return null;
  const facts = readFacts(identity.pid);
  return facts && facts.startTime === identity.startTime && !isDead(facts) ? facts : null;
}

/** Signals exactly this process, or nobody. */
export function signalExactly(identity: ProcessIdentity, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGTERM'): void {
  const pidfd = native()?.pidfdOpen(identity.pid) ?? -1;
  try {
    // A pidfd holds on to the process that had the number when it was opened, so the check is not outdated when the signal goes.
    if (!livingFacts(identity)) return;
    if (pidfd < 0) process.kill(identity.pid, signal);
    else native()?.pidfdSignal(pidfd, constants.signals[signal]);
  } catch {
    // It ended meanwhile, or belongs to another user: whoever asked looks at whether it is gone.
  } finally {
    if (pidfd >= 0) closeSync(pidfd);
  }
}
