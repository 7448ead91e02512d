import type { Stats } from 'node:fs';
import { hasExited, type ProcessEntry, readProcess } from '../shared/identity.ts';
import { readSmallFile, readTrouble } from '../shared/small-file.ts';
import { nameOf, startedAtMs, uidOf } from './facts.ts';

/** The clock of the boot time counts seconds, and some programs write the file of a child before it is one. */
const TOLERANCE_MS = 3_000;

export interface PidFileOptions {
  /** What the process must be called, if that is known. */
  readonly name: string | undefined;
  /** It will be signalled. */
  readonly stop: boolean;
}

/** The process that a pid file means. Throws when there is none, or when the file cannot mean the one with this number. */
export function processOfFile(path: string, { name, stop }: PidFileOptions): ProcessEntry {
  const { pid, stats } = read(path);
  const entry = readProcess(pid);
  if (!entry || hasExited(entry)) throw new Error(`pid file ${path} is stale: pid ${pid} does not run`);
  if (name === undefined) refuseYounger(path, stats, entry);
  else if (!nameOf(entry).includes(name)) {
    throw new Error(`pid file ${path} is stale: pid ${pid} is ${nameOf(entry).join(' or ')}, not ${name}`);
  }
  if (stop) refuseForeign(path, stats, entry);
  return entry;
}

function read(path: string): { readonly pid: number; readonly stats: Stats } {
  const { text, stats } = contentOf(path);
  const [first = ''] = text.split('\n', 1);
  const pid = /^\s*(\d{1,10})\s*$/.exec(first)?.[1];
  if (pid === undefined || Number(pid) < 1) throw new Error(`pid file ${path} holds no number: ${JSON.stringify(first.slice(0, 40))}`);
  return { pid: Number(pid), stats };
}

function contentOf(path: string): ReturnType<typeof readSmallFile> {
  try {
    return readSmallFile(path);
  } catch (cause) {
    const trouble = readTrouble(cause);
    throw new Error(`pid file ${path} ${trouble === 'ENOENT' ? 'is not there' : `cannot be read (${trouble})`}`, { cause });
  }
}

/** Numbers are given out again. Of a program with a name that is checked instead, because a clock that was set makes files older. */
function refuseYounger(path: string, { mtimeMs }: Stats, entry: ProcessEntry): void {
  const byMs = startedAtMs(entry) - mtimeMs;
  if (byMs <= TOLERANCE_MS) return;
  const who = `pid ${entry.pid} (${nameOf(entry)[0]})`;
  throw new Error(
    `pid file ${path} is stale: ${who} was started ${Math.round(byMs / 1_000)} s after it was written; if the clock was set since, give name as well`,
  );
}

/** Whoever may write the file could have any process killed. */
function refuseForeign(path: string, { uid: owner }: Stats, { pid }: ProcessEntry): void {
  const uid = uidOf(pid);
  if (owner === 0 || owner === uid) return;
  throw new Error(
    `pid file ${path} belongs to uid ${owner}, but pid ${pid} to uid ${uid}: with stop=true this is refused; chown it to root`,
  );
}
