import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { ProcessExamination, Task } from '@andon/protocol';
import type { ProcessIdentity } from '../../ports/index.ts';
import { errorCode, errorText } from './error-code.ts';
import { livingFacts } from './process-identity.ts';

/**
 * Files of proc(5) that show where a process is and never wait for it. Not `cmdline`, `environ` and `maps`: they take the lock of its
 * memory, which a process that is stuck in a page fault holds, and its environment holds secrets. Not `cgroup`: Linux before 6.7 takes
 * a lock for it that another move between cgroups may hold for 50 ms; the cgroup is known from its start.
 */
const BRIEF_FILES = ['stat', 'wchan'] as const;
const FILES = [...BRIEF_FILES, 'status', 'syscall', 'stack', 'limits'] as const;
const MOST_BYTES = 4096;
const MOST_TASKS = 32;

/** All hosts wait for an examination. Many at once are told the rest of the second by two files each, a tenth of the time. */
const BUDGET_MS = 10;
const BUDGET_WINDOW_MS = 1_000;

const page = Buffer.alloc(MOST_BYTES);

/** Examines processes one at a time, within what that may take of the loop. */
export class Examiner {
  #windowFromMs = -Infinity;
  #spentMs = 0;

  /** Null when that process has ended. `cgroup`: the directory of its own, if it has one. */
  examine(identity: ProcessIdentity, cgroup: string | null): ProcessExamination | null {
    const startedMs = performance.now();
    if (startedMs - this.#windowFromMs >= BUDGET_WINDOW_MS) {
      this.#windowFromMs = startedMs;
      this.#spentMs = 0;
    }
    if (!livingFacts(identity)) return null;
    const found = this.#spentMs < BUDGET_MS ? inFull(identity.pid, cgroup) : inBrief(identity.pid);
    const tookMs = performance.now() - startedMs;
    this.#spentMs += tookMs;
    return { ...found, tookMs: Math.round(tookMs * 1000) / 1000 };
  }
}

type Findings = Omit<ProcessExamination, 'tookMs'>;

function inFull(pid: number, cgroup: string | null): Findings {
  const { files, unreadable } = readFiles(pid, FILES);
  if (cgroup === null) unreadable['cgroup'] = 'it has none of its own';
  else files['cgroup'] = cgroup;
  const threadIds = list(`/proc/${pid}/task`);
  const childIds = threadIds.slice(0, MOST_TASKS).flatMap((thread) => childrenOf(pid, thread));
  const openFiles = list(`/proc/${pid}/fd`, unreadable);
  return {
    ...nameAndState(files['stat'] ?? ''),
    files,
    unreadable,
    openFiles: 'fd' in unreadable ? null : openFiles.length,
    threads: tasks(threadIds, (id) => `/proc/${pid}/task/${id}`),
    moreThreads: Math.max(0, threadIds.length - MOST_TASKS),
    children: tasks(childIds, (id) => `/proc/${id}`),
    moreChildren: Math.max(0, childIds.length - MOST_TASKS),
  };
}

function inBrief(pid: number): Findings {
  const { files, unreadable } = readFiles(pid, BRIEF_FILES);
  const more = { openFiles: null, threads: [], moreThreads: 0, children: [], moreChildren: 0 };
  return {
    ...nameAndState(files['stat'] ?? ''),
    files,
    unreadable: { ...unreadable, 'the rest': 'many hosts were killed at once' },
    ...more,
  };
}

function readFiles(pid: number, names: readonly string[]): { files: Record<string, string>; unreadable: Record<string, string> } {
  const files: Record<string, string> = {};
  const unreadable: Record<string, string> = {};
  for (const name of names) {
    const reading = readPage(`/proc/${pid}/${name}`);
    if ('text' in reading) files[name] = reading.text;
    else unreadable[name] = reading.problem;
  }
  return { files, unreadable };
}

function tasks(ids: readonly string[], folderOf: (id: string) => string): Task[] {
  return ids.slice(0, MOST_TASKS).flatMap((id) => {
    const stat = readPage(`${folderOf(id)}/stat`);
    if ('problem' in stat) return [];
    const wchan = readPage(`${folderOf(id)}/wchan`);
    return [{ id: Number(id), ...nameAndState(stat.text), wchan: 'text' in wchan && wchan.text !== '0' ? wchan.text : '' }];
  });
}

/** proc(5): `PID (NAME) STATE …`; the name may hold blanks and brackets. */
function nameAndState(stat: string): { readonly name: string; readonly state: string } {
  const end = stat.lastIndexOf(')');
  return { name: stat.slice(stat.indexOf('(') + 1, end), state: stat.slice(end + 2, end + 3) };
}

/** A kernel without CONFIG_PROC_CHILDREN tells of none. */
function childrenOf(pid: number, thread: string): string[] {
  const reading = readPage(`/proc/${pid}/task/${thread}/children`);
  return 'text' in reading ? reading.text.split(' ').filter((word) => word !== '') : [];
}

function list(path: string, unreadable?: Record<string, string>): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (unreadable) unreadable['fd'] = problemOf(error);
    return [];
  }
}

function readPage(path: string): { readonly text: string } | { readonly problem: string } {
  try {
    const fd = openSync(path, 'r');
    try {
      return { text: page.toString('utf8', 0, readSync(fd, page, 0, MOST_BYTES, null)).trimEnd() };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

function problemOf(error: unknown): string {
  const code = errorCode(error);
  if (code === 'EPERM' || code === 'EACCES') return `${code}: needs root`;
  return code === 'ENOENT' ? 'ENOENT: this kernel does not have it, or the process has just ended' : errorText(error);
}
