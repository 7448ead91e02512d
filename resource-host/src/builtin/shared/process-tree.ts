import { readdirSync } from 'node:fs';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { isPopulated, killCgroup, processesIn } from './cgroup.ts';
import { bootId, hasEnvironmentLine, hasExited, type ProcessEntry, type ProcessIdentity, readProcess, signalProcess } from './identity.ts';

/** A process and everything that it has started. */
export interface Tree {
  /** Its main process, leader of its own session; undefined when it was never known. */
  readonly main: ProcessIdentity | undefined;
  /** The line in the environment of all its processes that have not thrown their environment away; not of what others have started. */
  readonly marker?: string;
  /** Processes that are known to be of it in other ways. */
  readonly known: readonly ProcessIdentity[];
  /** Directory of the cgroup that all of it runs in, where there is one. */
  readonly cgroup?: string | undefined;
}

/** A tree that was started here, with something in its environment to know it by. */
export interface MarkedTree extends Tree {
  readonly marker: string;
}

type ProcessTable = ReadonlyMap<number, ProcessEntry>;

const FIRST_LOOK_AGAIN_MS = 5;
const LAST_LOOK_AGAIN_MS = 500;

/** Kills everything of the tree and resolves once nothing of it runs. Has no limit of its own: the caller's TerminateTimeout. */
export async function killTree(tree: Tree): Promise<void> {
  if (tree.main && signalProcess(tree.main, 'SIGKILL')) killGroup(tree.main.pid);
  // What is on its way out has no environment any more by which it could be known.
  const killed: ProcessEntry[] = [];
  for (let againMs = FIRST_LOOK_AGAIN_MS; ; againMs = Math.min(againMs * 2, LAST_LOOK_AGAIN_MS)) {
    const table = await processTable();
    const members = membersOf(tree, table);
    const isLeft = killed.some((entry) => isStillThere(entry, table));
    // One that was born after the look at the table is seen in the cgroup only.
    if (members.length === 0 && !isLeft && !(tree.cgroup !== undefined && isPopulated(tree.cgroup))) return;
    if (tree.cgroup !== undefined) killCgroup(tree.cgroup);
    for (const { pid, startTime } of members) signalProcess({ pid, startTime, bootId: bootId() }, 'SIGKILL');
    killed.push(...members);
    await delay(againMs);
  }
}

/** Asks everything of the tree to end, and kills what has not within `graceMs`. */
export async function endTree(tree: Tree, graceMs: number): Promise<void> {
  const asked = new Set<string>();
  const untilMs = performance.now() + graceMs;
  for (let againMs = FIRST_LOOK_AGAIN_MS; ; againMs = Math.min(againMs * 2, LAST_LOOK_AGAIN_MS)) {
    const members = membersOf(tree, await processTable());
    if (members.length === 0) return;
    if (performance.now() >= untilMs) return killTree(tree);
    for (const { pid, startTime } of members) {
      const process = `${pid} ${startTime}`;
      if (asked.has(process)) continue;
      asked.add(process);
      signalProcess({ pid, startTime, bootId: bootId() }, 'SIGTERM');
    }
    await delay(againMs);
  }
}

/** What a main process that has just exited left behind; to be asked soon, while its session cannot be another's. */
export async function survivorsOf(main: ProcessIdentity): Promise<ProcessIdentity[]> {
  const survivors = [...(await processTable()).values()].filter((entry) => {
    return entry.pid !== main.pid && isOfSession(entry, main) && !hasExited(entry);
  });
  return survivors.map(({ pid, startTime }) => ({ pid, startTime, bootId: main.bootId }));
}

/** The main process with this marker; for an application whose start was announced but whose number was never written. */
export async function findMarked(marker: string): Promise<ProcessIdentity | undefined> {
  for (const entry of (await processTable()).values()) {
    const isLeader = entry.session === entry.pid && !hasExited(entry);
    if (isLeader && hasEnvironmentLine(entry.pid, marker)) {
      return { pid: entry.pid, startTime: entry.startTime, bootId: bootId() };
    }
  }
  return undefined;
}

/** All of it that runs now. */
export async function membersOfTree(tree: Tree): Promise<ProcessIdentity[]> {
  return membersOf(tree, await processTable()).map(({ pid, startTime }) => ({ pid, startTime, bootId: bootId() }));
}

function membersOf(tree: Tree, table: ProcessTable): ProcessEntry[] {
  const { main } = tree;
  const roots = [...tree.known, ...(main ? [main] : [])].filter((root) => isSame(table.get(root.pid), root));
  const rootPids = new Set(roots.map((root) => root.pid));
  const mainIsThere = main !== undefined && rootPids.has(main.pid);
  const inCgroup = new Set(tree.cgroup === undefined ? [] : processesIn(tree.cgroup));
  const belongs = (entry: ProcessEntry): boolean => {
    if (inCgroup.has(entry.pid)) return true;
    // Once the main process is gone, its number may be another's session; then only the marker proves descent.
    if (descends(entry, rootPids, table) || (mainIsThere && isOfSession(entry, main))) return true;
    const isYounger = main === undefined || entry.startTime >= main.startTime;
    return tree.marker !== undefined && isYounger && hasEnvironmentLine(entry.pid, tree.marker);
  };
  return [...table.values()].filter((entry) => !hasExited(entry) && entry.pid !== process.pid && belongs(entry));
}

function descends(entry: ProcessEntry, roots: ReadonlySet<number>, table: ProcessTable): boolean {
  let current: ProcessEntry | undefined = entry;
  // The table is read line by line, so a number that was reused meanwhile could close a circle.
  for (let depth = 0; current && depth < 1_000; depth++) {
    if (roots.has(current.pid)) return true;
    current = table.get(current.parent);
  }
  return false;
}

function isOfSession(entry: ProcessEntry, main: ProcessIdentity): boolean {
  return (entry.session === main.pid || entry.group === main.pid) && entry.startTime >= main.startTime;
}

function isStillThere({ pid, startTime }: ProcessEntry, table: ProcessTable): boolean {
  const now = table.get(pid);
  return now?.startTime === startTime && !hasExited(now);
}

function isSame(entry: ProcessEntry | undefined, identity: ProcessIdentity): boolean {
  return entry?.startTime === identity.startTime && identity.bootId === bootId();
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // The group has emptied itself.
  }
}

let shared: Promise<ProcessTable> | undefined;

/** The process table as of the next turn: hundreds of applications that end at once share one look at it. */
export function processTable(): Promise<ProcessTable> {
  shared ??= nextTurn().then(() => {
    shared = undefined;
    const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
    return new Map(pids.flatMap((pid) => readProcess(pid) ?? []).map((entry) => [entry.pid, entry]));
  });
  return shared;
}
