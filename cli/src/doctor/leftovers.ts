import { readdir, readFile } from 'node:fs/promises';
import { plural } from '../terminal/output.ts';
import { startCommand } from '../connection/places.ts';
import { type Check, ok, type Patient, some, warn } from './check.ts';

interface Found {
  readonly pid: number;
  readonly parentPid: number;
  readonly host: string;
}

/** Host processes that no daemon holds: of a daemon that was killed, or of a store that was moved away. */
export async function leftoversCheck({ stateDir, status, flags }: Patient): Promise<readonly Check[]> {
  const name = 'leftover hosts';
  const known = new Set(status?.hosts.map(({ pid }) => pid));
  const found = await hostsOf(stateDir);
  // What a host started may have inherited its environment.
  const pids = new Set(found.map(({ pid }) => pid));
  const left = found.filter(({ pid, parentPid }) => !known.has(pid) && !known.has(parentPid) && !pids.has(parentPid));
  if (left.length === 0) return [ok(name, 'none')];
  const words = some(left.map(({ pid, host }) => `${host} (pid ${pid})`));
  if (status === null)
    return [
      warn(name, `${plural(left.length, 'host')} of no daemon: ${words}; the next daemon adopts what its store knows`, startCommand(flags)),
    ];
  const remedy = `SIGTERM makes a host take its resources offline and end: kill ${left.map(({ pid }) => pid).join(' ')}`;
  return [warn(name, `${plural(left.length, 'host')} of an earlier daemon, unknown to this one: ${words}`, remedy)];
}

async function hostsOf(stateDir: string): Promise<readonly Found[]> {
  const names = await readdir('/proc').catch(() => []);
  const found = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map((name) => hostOf(Number(name), stateDir)));
  return found.filter((one) => one !== null);
}

/** Null for what is no host of this state directory, or belongs to somebody else. */
async function hostOf(pid: number, stateDir: string): Promise<Found | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Reading the environment of a process that is stuck in a page fault would wait with it.
    if (state === 'D' || state === 'Z') return null;
    const environment = new Map(
      (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0').map((entry) => [entry.slice(0, entry.indexOf('=')), entry]),
    );
    const valueOf = (name: string): string | undefined => environment.get(name)?.slice(name.length + 1);
    const host = valueOf('ANDON_HOST_ID');
    if (host === undefined || valueOf('ANDON_TOKEN') === undefined || valueOf('ANDON_STATE_DIR') !== stateDir) return null;
    return { pid, parentPid: Number(parent), host };
  } catch {
    return null;
  }
}
