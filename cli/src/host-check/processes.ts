import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Without /proc the kit knows of a host's processes only that of the command that it started. */
export const SEES_PROCESSES = existsSync('/proc/self/environ');

/** One living process. Its start time tells it from a later one with the same pid. */
export interface LivingProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly startTime: string;
}

/** All processes that live now; a zombie does not. */
export function livingProcesses(): readonly LivingProcess[] {
  if (!SEES_PROCESSES) return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => livingProcess(Number(pid)) ?? []);
}

export function livingProcess(pid: number): LivingProcess | null {
  const stat = textOf(pid, 'stat');
  // The name may hold blanks and brackets; nothing behind the last bracket does.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = '', parentPid = ''] = fields;
  if (stat === '' || state === 'Z' || state === 'X') return null;
  return { pid, parentPid: Number(parentPid), startTime: fields[19] ?? '' };
}

/** Whether SIGSTOP has reached it. */
export function isStopped(pid: number): boolean {
  const stat = textOf(pid, 'stat');
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
}

export function lives({ pid, startTime }: LivingProcess): boolean {
  return livingProcess(pid)?.startTime === startTime;
}

/** Those that descend from `root`, without it. */
export function descendantsOf(root: number, all: readonly LivingProcess[]): readonly LivingProcess[] {
  const byParent = Map.groupBy(all, ({ parentPid }) => parentPid);
  const found: LivingProcess[] = [];
  const queue = [root];
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    for (const child of byParent.get(pid) ?? []) {
      found.push(child);
      queue.push(child.pid);
    }
  }
  return found;
}

/** The pids from `pid` up to `root`, both included; empty when it does not descend from it. */
export function lineage(pid: number, root: number, all: readonly LivingProcess[]): readonly number[] {
  const parents = new Map(all.map((process) => [process.pid, process.parentPid]));
  const line: number[] = [];
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at)) {
    line.push(at);
    if (at === root) return line;
  }
  return [];
}

/** Empty when it has ended, or may not be read. */
export function environmentOf(pid: number): string {
  return textOf(pid, 'environ');
}

export function commandLineOf(pid: number): string {
  return textOf(pid, 'cmdline').replaceAll('\0', ' ').trim();
}

/** Numbers of the descriptors with which this process holds the file at `path`. */
export function descriptorsOn(pid: number, path: string): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/fd`)
      .filter((fd) => targetOf(`/proc/${pid}/fd/${fd}`) === path)
      .map(Number);
  } catch {
    return [];
  }
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended, which is what a signal is for.
  }
}

function textOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
