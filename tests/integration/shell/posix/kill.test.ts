import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EventHandle, HostProcess, ProcessIdentity } from '../../../../daemon/src/ports/index.ts';
import { PosixEventHandles } from '../../../../daemon/src/shell/posix/event-handles.ts';
import { identityOf, signalExactly } from '../../../../daemon/src/shell/posix/process-identity.ts';
import { PosixProcesses } from '../../../../daemon/src/shell/posix/processes.ts';
import { SystemClock } from '../../../../daemon/src/shell/system-clock.ts';
import { commandOf, Folder, type Lines, lives, processState, quietLog, readLines, started } from '../support.ts';

const clock = new SystemClock();
const bare = new PosixProcesses({ clock, log: quietLog, cgroups: false });
const withCgroups = new PosixProcesses({ clock, log: quietLog });

let folder: Folder;
let handle: EventHandle;
let lines: Lines;
let strays: ProcessIdentity[];
beforeEach(async () => {
  folder = new Folder();
  handle = await new PosixEventHandles(folder.at('ev')).create('host', null);
  lines = readLines(handle);
  strays = [];
});
afterEach(() => {
  for (const stray of strays) signalExactly(stray, 'SIGKILL');
  handle.close();
  folder.remove();
});

/** A host whose script writes `count` pids, one a line, to its pipe. */
async function spawn(script: string, count: number, processes = bare): Promise<{ readonly host: HostProcess; readonly pids: number[] }> {
  const host = started(await processes.spawn(commandOf(script, handle, folder)));
  const pids: number[] = [];
  for (let index = 0; index < count; index++) pids.push(Number(await lines.next()));
  strays.push(host.identity, ...pids.map(identityOf).filter((identity) => identity !== null));
  return { host, pids };
}

const living = (pids: readonly number[]): boolean[] => pids.map(lives);

const STUBBORN = `trap "" TERM; sleep 60 & echo $! >&3; echo $BASHPID >&3; wait`;
/** A child, a grandchild in a session of its own, and a daemon that has left its parent but not the group. All ignore SIGTERM. */
const FAMILY = `trap "" TERM
  (${STUBBORN}) &
  setsid bash -c '${STUBBORN}' &
  (sleep 60 & echo $! >&3)
  wait`;

describe('kill', () => {
  test('of the process spares everything else', async () => {
    const { host, pids } = await spawn(FAMILY, 5);
    expect(await host.kill('process', 5_000)).toBe('gone');
    expect(living([host.identity.pid, ...pids])).toEqual([false, true, true, true, true, true]);
  });

  test('of the group reaches a daemon in it, but no session of its own', async () => {
    const { host, pids } = await spawn(`setsid sleep 60 & echo $! >&3; (sleep 60 & echo $! >&3); trap "" TERM; wait`, 2);
    expect(await host.kill('group', 5_000)).toBe('gone');
    expect(living(pids)).toEqual([true, false]);
  });

  test('of the tree leaves nobody, whatever sessions and signals they set up', async () => {
    const { host, pids } = await spawn(FAMILY, 5);
    expect(living(pids)).toEqual([true, true, true, true, true]);
    expect(await host.kill('tree', 5_000)).toBe('gone');
    expect(living([host.identity.pid, ...pids])).toEqual([false, false, false, false, false, false]);
  });

  test('of the tree catches up with a process that forks without end', async () => {
    const { host } = await spawn(
      `run() { while :; do setsid bash -c 'exec sleep 60' & done; }; ulimit -u 100000; run & echo $! >&3; sleep 0.05; wait`,
      1,
    );
    expect(await host.kill('tree', 10_000)).toBe('gone');
    expect(holdersOf(handle.path)).toEqual([]);
  });

  test('of a host that has exited ends what it left in its group', async () => {
    const { host, pids } = await spawn('sleep 60 & echo $! >&3; exit 1', 1);
    await new Promise((resolve) => host.onExit(resolve));
    expect(living(pids)).toEqual([true]);
    expect(await host.kill('tree', 5_000)).toBe('gone');
    expect(living(pids)).toEqual([false]);
  });

  test('of nothing does nothing, and says whether it is there', async () => {
    const { host } = await spawn('trap "exit 3" TERM; echo $$ >&3; while :; do sleep 0.01; done', 1);
    expect(await host.kill('none', 5_000)).toBe('notGone');
    host.requestExit();
    expect(await new Promise((resolve) => host.onExit(resolve))).toEqual({ kind: 'exited', code: 3 });
    expect(await host.kill('none', 0)).toBe('gone');
  });

  test('does not wait for a zombie that nobody reaps', async () => {
    const { host, pids } = await spawn('(until grep -q sleep /proc/$$/comm; do :; done) & echo $! >&3; exec sleep 60', 1);
    // Its parent has become a program that never waits for it.
    while (processState(pids[0] ?? 0) !== 'Z') await new Promise((resolve) => setImmediate(resolve));
    const zombie = identityOf(pids[0] ?? 0);
    expect(zombie && bare.adopt(zombie)).toBeNull();
    expect(await host.kill('group', 5_000)).toBe('gone');
  });

  test('reaches a stopped process', async () => {
    const { host } = await spawn('echo $$ >&3; kill -STOP $$', 1);
    expect(await host.kill('process', 5_000)).toBe('gone');
  });

  test('has told the exit before it resolves', async () => {
    const { host } = await spawn('echo $$ >&3; sleep 60', 1);
    const order: string[] = [];
    host.onExit((exit) => order.push(exit.kind));
    order.push(await host.kill('process', 5_000));
    expect(order).toEqual(['signalled', 'gone']);
  });
});

/** cgroup directories that some host of this process still has. */
function cgroupsOf(pid: number): string {
  return (
    readFileSync(`/proc/${pid}/cgroup`, 'utf8')
      .split('\n')
      .find((line) => line.startsWith('0::')) ?? ''
  );
}
const hasCgroups = async (): Promise<boolean> => {
  const probe = new Folder();
  const pipe = await new PosixEventHandles(probe.at('ev')).create('probe', null);
  const host = started(await withCgroups.spawn(commandOf('sleep 60', pipe, probe)));
  const placed = cgroupsOf(host.identity.pid).includes('andon-host-test-');
  await host.kill('tree', 5_000);
  pipe.close();
  probe.remove();
  return placed;
};

describe.skipIf(!(await hasCgroups()))('with cgroups (needs a writable cgroup v2)', () => {
  test.each(['the daemon that started it', 'the next daemon'])(
    'kill of the tree by %s reaches a process that has left parent, group and session',
    async (by) => {
      // Forked only once the host has been moved.
      const script = `until grep -q andon-host /proc/self/cgroup; do :; done
        (setsid -f bash -c 'echo $BASHPID >&3; exec sleep 60'); sleep 60`;
      const { host, pids } = await spawn(script, 1, withCgroups);
      const killer = by === 'the next daemon' ? new PosixProcesses({ clock, log: quietLog }).adopt(host.identity) : host;
      expect(await killer?.kill('tree', 5_000)).toBe('gone');
      expect(living(pids)).toEqual([false]);
      expect(holdersOf(handle.path)).toEqual([]);
    },
  );

  test('the directory is gone when the host is, and an adopted host knows its own', async () => {
    const { host } = await spawn('until grep -q andon-host /proc/self/cgroup; do :; done; echo $$ >&3; sleep 60', 1, withCgroups);
    const name = cgroupsOf(host.identity.pid).split('/').at(-1) ?? '';
    const directory = findCgroup(name);
    expect(existsSync(directory)).toBe(true);
    const adopted = new PosixProcesses({ clock, log: quietLog }).adopt(host.identity);
    expect(await adopted?.kill('tree', 5_000)).toBe('gone');
    await new Promise((resolve) => host.onExit(resolve));
    expect(existsSync(directory)).toBe(false);
  });

  test('kill of the process spares an application in a session of its own', async () => {
    const { host, pids } = await spawn(
      'until grep -q andon-host /proc/self/cgroup; do :; done; setsid sleep 60 & echo $! >&3; wait',
      1,
      withCgroups,
    );
    expect(await host.kill('process', 5_000)).toBe('gone');
    expect(living(pids)).toEqual([true]);
  });
});

function findCgroup(name: string): string {
  const mount = /^\S+ \S+ \S+ \S+ (\S+) .* - cgroup2 /m.exec(readFileSync('/proc/self/mountinfo', 'utf8'))?.[1] ?? '';
  const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '';
  return `${mount}${own === '/' ? '' : own}/${name}`;
}

/** Living processes that have inherited the pipe: whatever the host left anywhere. */
function holdersOf(path: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid || !lives(Number(pid))) return false;
    try {
      return readlinkSync(`/proc/${pid}/fd/3`) === path;
    } catch {
      return false;
    }
  });
}
