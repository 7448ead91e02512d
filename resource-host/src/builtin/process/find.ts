import { hasExited, identityOf, type ProcessEntry, type ProcessIdentity } from '../shared/identity.ts';
import { untilFoundAt } from '../shared/path-watch.ts';
import { processTable } from '../shared/process-tree.ts';
import { retried } from '../shared/retried.ts';
import { findUser } from '../shared/user.ts';
import { nameOf, uidOf } from './facts.ts';
import { processOfFile } from './pid-file.ts';
import type { ProcessProperties } from './properties.ts';

/** The process that is there now. Rejects with the reason why none, or not just one, is. */
export async function findProcess(properties: ProcessProperties, signal: AbortSignal): Promise<Found> {
  const wanted = await wantedOf(properties, signal);
  return wanted.pidFile === undefined ? foundByName(wanted) : foundByFile(wanted, wanted.pidFile);
}

/** The same, for a process that may come within `waitMs`. `onTrouble` hears why it is not there yet. */
export async function awaitProcess(
  properties: ProcessProperties,
  signal: AbortSignal,
  onTrouble: (trouble: unknown) => void,
): Promise<Found> {
  const wanted = await wantedOf(properties, signal);
  const { pidFile, waitMs: forMs } = properties;
  if (pidFile === undefined) return retried({ attempt: () => foundByName(wanted), forMs, signal, onTrouble });
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
  return untilFoundAt(pidFile, look, AbortSignal.any([signal, over])).catch((error: unknown) => {
    throw over.aborted && !signal.aborted ? trouble : error;
  });
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

async function foundByName({ name = '', stop, user }: Wanted): Promise<Found> {
  const called = (await processesByName()).get(name) ?? [];
  const matching = user ? called.filter(({ pid }) => uidOf(pid) === user.uid) : called;
  const [first, ...others] = matching;
  const whose = user ? ` of user ${user.name}` : '';
  if (!first) throw new Error(`no process${whose} is called ${name}`);
  if (others.length > 0) {
    const pids = matching.map(({ pid }) => pid).sort((a, b) => a - b);
    throw new Error(`${pids.length} processes${whose} are called ${name}: pids ${pids.join(', ')}; use pidFile, or user, to say which`);
  }
  return found(first, stop);
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

let shared: Promise<ReadonlyMap<string, readonly ProcessEntry[]>> | undefined;

/** All processes by each of their names, as of the next turn: a thousand resources that look at once share one look. */
function processesByName(): Promise<ReadonlyMap<string, readonly ProcessEntry[]>> {
  shared ??= processTable().then((table) => {
    shared = undefined;
    const byName = new Map<string, ProcessEntry[]>();
    for (const entry of table.values()) {
      if (hasExited(entry) || entry.pid === process.pid) continue;
      for (const name of nameOf(entry)) byName.set(name, [...(byName.get(name) ?? []), entry]);
    }
    return byName;
  });
  return shared;
}
