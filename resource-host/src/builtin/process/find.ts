import { bootId, hasExited, identityOf, isRunning, type ProcessEntry, type ProcessIdentity } from '../shared/identity.ts';
import { untilFoundAt } from '../shared/path-watch.ts';
import { processTable } from '../shared/process-tree.ts';
import { retried } from '../shared/retried.ts';
import { findUser } from '../shared/user.ts';
import { nameOf, uidOf } from './facts.ts';
import { processOfFile } from './pid-file.ts';
import type { ProcessProperties } from './properties.ts';

/** One look at all processes serves those who look this soon after it. Who does not find his there, and will not look again, looks himself. */
const SHARED_FOR_MS = 100;

/** The process that is there now. Rejects with the reason why none, or not just one, is. */
export async function findProcess(properties: ProcessProperties, signal: AbortSignal): Promise<Found> {
  const wanted = await wantedOf(properties, signal);
  return wanted.pidFile === undefined ? foundByName(wanted, 0) : foundByFile(wanted, wanted.pidFile);
}

/** The same, for a process that may come within `waitMs`. `onTrouble` hears why it is not there yet. */
export async function awaitProcess(
  properties: ProcessProperties,
  signal: AbortSignal,
  onTrouble: (trouble: unknown) => void,
): Promise<Found> {
  const wanted = await wantedOf(properties, signal);
  const wait = { forMs: properties.waitMs, signal, onTrouble };
  return wanted.pidFile === undefined ? awaitName(wanted, wait) : awaitFile(wanted, wanted.pidFile, wait);
}

interface Wait {
  readonly forMs: number;
  readonly signal: AbortSignal;
  readonly onTrouble: (trouble: unknown) => void;
}

function awaitName(wanted: Wanted, { forMs, signal, onTrouble }: Wait): Promise<Found> {
  let notOlderThanMs = 0;
  return retried({
    attempt: () => foundByName(wanted, notOlderThanMs),
    forMs,
    signal,
    onTrouble(trouble) {
      notOlderThanMs = SHARED_FOR_MS;
      onTrouble(trouble);
    },
  });
}

async function awaitFile(wanted: Wanted, pidFile: string, { forMs, signal, onTrouble }: Wait): Promise<Found> {
  let trouble: unknown;
  const look = (): Found | undefined => {
    try {
      return foundByFile(wanted, pidFile);
    } catch (error) {
      trouble = error;
      onTrouble(error);
      return undefined;
    }
  };
  const over = AbortSignal.timeout(forMs);
  try {
    return await untilFoundAt(pidFile, look, AbortSignal.any([signal, over]));
  } catch {
    signal.throwIfAborted();
    throw trouble;
  }
}

export interface Found {
  readonly identity: ProcessIdentity;
  readonly name: string;
}

type Wanted = Pick<ProcessProperties, 'pidFile' | 'name' | 'stop'> & { readonly user?: { readonly name: string; readonly uid: number } };

async function wantedOf(properties: ProcessProperties, signal: AbortSignal): Promise<Wanted> {
  const { pidFile, name, stop, user } = properties;
  return { pidFile, name, stop, ...(user === undefined ? {} : { user: await findUser(user, signal) }) };
}

function foundByFile({ name, stop, user }: Wanted, pidFile: string): Found {
  const entry = processOfFile(pidFile, { name, stop });
  const uid = uidOf(entry.pid);
  if (user && uid !== user.uid) throw new Error(`pid ${entry.pid} of ${pidFile} runs as uid ${uid}, not as ${user.name} (uid ${user.uid})`);
  return found(entry, stop);
}

async function foundByName(wanted: Wanted, notOlderThanMs: number): Promise<Found> {
  const { name = '', stop, user } = wanted;
  const shared = matching(await processesByName(SHARED_FOR_MS), wanted);
  const [first, ...others] = shared.length > 0 ? shared : matching(await processesByName(notOlderThanMs), wanted);
  const whose = user ? ` of user ${user.name}` : '';
  if (!first) throw new Error(`no process${whose} is called ${name}`);
  if (others.length > 0) {
    const pids = [first, ...others].map(({ pid }) => pid).sort((a, b) => a - b);
    throw new Error(`${pids.length} processes${whose} are called ${name}: pids ${pids.join(', ')}; use pidFile, or user, to say which`);
  }
  return found(first, stop);
}

function matching(processes: ProcessesByName, { name = '', user }: Wanted): ProcessEntry[] {
  const called = processes.get(name) ?? [];
  return called.filter(({ pid, startTime }) => {
    return isRunning({ pid, startTime, bootId: bootId() }) && (user === undefined || uidOf(pid) === user.uid);
  });
}

function found(entry: ProcessEntry, stop: boolean): Found {
  const { pid, name } = entry;
  // It may have ended since, and its number be another's.
  const identity = identityOf(pid);
  if (identity?.startTime !== entry.startTime) throw new Error(`pid ${pid} (${name}) has just exited`);
  if (stop && !maySignal(pid)) {
    throw new Error(`pid ${pid} (${name}) runs as uid ${uidOf(pid)}: this host (uid ${process.getuid?.()}) may not end it; set stop=false`);
  }
  return { identity, name };
}

function maySignal(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'EPERM');
  }
}

type ProcessesByName = ReadonlyMap<string, readonly ProcessEntry[]>;

let shared: { readonly takenAtMs: number; readonly table: Promise<ProcessesByName> } | undefined;

/** All processes by each of their names, not older than this: a thousand resources that look at once share one look. */
function processesByName(notOlderThanMs: number): Promise<ProcessesByName> {
  const nowMs = performance.now();
  if (shared === undefined || shared.takenAtMs < nowMs - notOlderThanMs) shared = { takenAtMs: nowMs, table: takeByName() };
  return shared.table;
}

async function takeByName(): Promise<ProcessesByName> {
  const byName = new Map<string, ProcessEntry[]>();
  for (const entry of (await processTable()).values()) {
    if (hasExited(entry) || entry.pid === process.pid) continue;
    for (const name of nameOf(entry)) byName.set(name, [...(byName.get(name) ?? []), entry]);
  }
  return byName;
}
