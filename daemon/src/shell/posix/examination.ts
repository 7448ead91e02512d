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
const FILES = ['status', 'stat', 'wchan', 'syscall', 'stack', 'limits'] as const;
const MOST_BYTES = 4096;
const MOST_TASKS = 32;

const page = Buffer.alloc(MOST_BYTES);

/** Null when that process has ended. `cgroup`: the directory of its own, if it has one. */
export function examineProcess(identity: ProcessIdentity, cgroup: string | null): ProcessExamination | null {
  const startedMs = performance.now();
  if (!livingFacts(identity)) return null;
  const { pid } = identity;
  const files: Record<string, string> = {};
  const unreadable: Record<string, string> = {};
  for (const name of FILES) {
    const reading = readPage(`/proc/${pid}/${name}`);
    if ('text' in reading) files[name] = reading.text;
    else unreadable[name] = reading.problem;
  }
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
    tookMs: Math.round((performance.now() - startedMs) * 1000) / 1000,
  };
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
