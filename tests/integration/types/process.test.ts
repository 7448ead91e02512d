import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, copyFileSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { atEndOfTest } from '../../support/at-end.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { idleness } from '../../support/wake-ups.ts';
import { fileAppears, isRunning } from '../resource-host/applications.ts';
import type { DaemonPlayer } from '../resource-host/daemon-player.ts';
import { connectedHost, servingPlayer } from '../resource-host/host-test.ts';
import { isAlive, online, opened } from './host-of.ts';

interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly pidFile: string;
  /** A name that no other process of this machine has. */
  readonly name: string;
  readonly folder: string;
}

let started = 0;

/** A program of its own name, in its own session, with a pid file. */
async function running(folder = temporaryFolder(), options: { uid?: number } = {}): Promise<Running> {
  const name = `sl${process.pid}-${++started}`;
  const program = join(folder, name);
  copyFileSync('/bin/sleep', program);
  const child = spawn(program, ['600'], { detached: true, stdio: 'ignore', ...options });
  atEndOfTest(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const pidFile = join(folder, 'pid');
  writeFileSync(pidFile, `${pid}\n`);
  return { child, pid, pidFile, name, folder };
}

function ended({ child }: Running, signal: NodeJS.Signals = 'SIGKILL'): Promise<unknown> {
  const exited = once(child, 'exit');
  child.kill(signal);
  return exited;
}

describe('a process that somebody else started', () => {
  test.each(['pidFile', 'name'] as const)('is found by %s, and its exit is the failure', async (by) => {
    const it = await running();
    const player = await online('process', { [by]: it[by] });
    expect(await isAlive(player)).toEqual({ alive: true });
    await ended(it);
    expect(await player.records.take()).toMatchObject({ resource: 'it', incarnation: 1, reason: `pid ${it.pid} (${it.name}) has exited` });
    expect(await isAlive(player)).toEqual({ alive: false });
    expect(await player.terminate('it', 1)).toMatchObject({ ok: true });
  });

  test('is shown by its number while it is watched', async () => {
    const it = await running();
    const player = await online('process', { pidFile: it.pidFile });
    await player.offlineAtLast('it', 1);
    const shown = player.requests.peek(({ method }) => method === 'setProperties').map(({ params }) => params);
    expect(shown).toEqual([
      { resourceId: 'it', statusText: `pid ${it.pid} (${it.name})` },
      { resourceId: 'it', statusText: '' },
    ]);
  });

  test('goes on when it is taken offline, and no failure is told of it any more', async () => {
    const it = await running();
    const player = await online('process', { pidFile: it.pidFile });
    await player.offlineAtLast('it', 1);
    expect(isRunning(it.pid)).toBe(true);
    await player.onlineAtLast('it', 2, { pidFile: it.pidFile });
    expect(await player.terminate('it', 2)).toMatchObject({ ok: true });
    expect(isRunning(it.pid)).toBe(true);
    await ended(it);
    expect(player.records.peek()).toEqual([]);
  });

  test('is ended by offline if that is wanted, by the stop signal', async () => {
    const it = await running();
    const exited = once(it.child, 'exit');
    const properties = { name: it.name, stop: true, stopSignal: 'SIGINT' };
    const player = await online('process', properties);
    await player.offlineAtLast('it', 1);
    expect(await exited).toEqual([null, 'SIGINT']);
    expect(player.records.peek()).toEqual([]);
  });

  test('is killed by terminate if that is wanted, with its children', async () => {
    const folder = temporaryFolder();
    const child = spawn('sh', ['-c', 'sleep 600 & echo $! > child.new; mv child.new child; wait'], { cwd: folder, detached: true });
    atEndOfTest(() => void child.kill('SIGKILL'));
    await once(child, 'spawn');
    const pidFile = join(folder, 'pid');
    writeFileSync(pidFile, String(child.pid));
    await fileAppears(join(folder, 'child'));
    const player = await online('process', { pidFile, stop: true });
    const exited = once(child, 'exit');
    expect(await player.terminate('it', 1)).toMatchObject({ ok: true });
    expect(await exited).toEqual([null, 'SIGKILL']);
    expect(isRunning(Number(readFileSync(join(folder, 'child'), 'utf8')))).toBe(false);
  });
});

describe('online is refused, with the reason, when', () => {
  test('there is none, or nothing tells which', async () => {
    const folder = temporaryFolder();
    const [noNumber, pipe] = [join(folder, 'number'), join(folder, 'pipe')];
    writeFileSync(noNumber, 'starting\n');
    execFileSync('mkfifo', [pipe]);
    const player = await opened('process', { name: 'x' });
    const cases = [
      [{ name: 'no-such-process' }, 'no process is called no-such-process'],
      [{ pidFile: '/no/such.pid' }, 'pid file /no/such.pid is not there'],
      [{ pidFile: noNumber }, `pid file ${noNumber} holds no number: "starting"`],
      // Nobody waits for somebody to write into it.
      [{ pidFile: pipe }, `pid file ${pipe} cannot be read (not a regular file)`],
      [{}, 'pidFile or name must be set'],
      [{ pidFile: '/no/such.pid', waitMs: 150 }, 'pid file /no/such.pid is not there'],
      [{ name: 'no-such-process', waitMs: 150 }, 'no process is called no-such-process'],
    ] as const;
    for (const [index, [properties, reason]] of cases.entries()) {
      expect(await player.onlineFailure('it', index + 1, properties)).toBe(reason);
      await player.terminate('it', index + 1);
    }
  });

  test('several have the name; the user tells them apart', async () => {
    const it = await running();
    chmodSync(it.folder, 0o755);
    const twin = spawn(join(it.folder, it.name), ['600'], { stdio: 'ignore', ...(process.getuid?.() === 0 ? { uid: 1, gid: 1 } : {}) });
    atEndOfTest(() => void twin.kill('SIGKILL'));
    await once(twin, 'spawn');
    const player = await opened('process', { name: it.name });
    const pids = [it.pid, twin.pid ?? 0].sort((a, b) => a - b).join(', ');
    expect(await player.onlineFailure('it', 1, { name: it.name })).toBe(
      `2 processes are called ${it.name}: pids ${pids}; use pidFile, or user, to say which`,
    );
    await player.terminate('it', 1);
    if (process.getuid?.() !== 0) return;
    await player.onlineAtLast('it', 2, { name: it.name, user: '1' });
    twin.kill('SIGKILL');
    expect(await player.records.take()).toMatchObject({ incarnation: 2, reason: `pid ${twin.pid} (${it.name}) has exited` });
  });

  test('the pid file is stale: nobody has the number, or a younger process, or another program', async () => {
    const it = await running();
    const player = await opened('process', { name: 'x' });
    utimesSync(it.pidFile, new Date(), new Date(Date.now() - 60_000));
    expect(await player.onlineFailure('it', 1, { pidFile: it.pidFile })).toMatch(
      new RegExp(`^pid file ${it.pidFile} is stale: pid ${it.pid} \\(${it.name}\\) was started \\d+ s after it was written`),
    );
    await player.terminate('it', 1);
    expect(await player.onlineFailure('it', 2, { pidFile: it.pidFile, name: 'postgres' })).toBe(
      `pid file ${it.pidFile} is stale: pid ${it.pid} is ${it.name}, not postgres`,
    );
    await player.terminate('it', 2);
    await player.onlineAtLast('it', 3, { pidFile: it.pidFile, name: it.name });
    await player.terminate('it', 3);
    await ended(it);
    expect(await player.onlineFailure('it', 4, { pidFile: it.pidFile })).toBe(
      `pid file ${it.pidFile} is stale: pid ${it.pid} does not run`,
    );
  });

  test.skipIf(process.getuid?.() !== 0)('somebody else could have it killed by writing the pid file (needs root)', async () => {
    const it = await running();
    chownSync(it.pidFile, 1, 1);
    const player = await opened('process', { pidFile: it.pidFile });
    expect(await player.onlineFailure('it', 1, { pidFile: it.pidFile, stop: true })).toBe(
      `pid file ${it.pidFile} belongs to uid 1, but pid ${it.pid} to uid 0: with stop=true this is refused; chown it to root`,
    );
    await player.terminate('it', 1);
    expect(isRunning(it.pid)).toBe(true);
    await player.onlineAtLast('it', 2, { pidFile: it.pidFile });
  });
});

describe('online waits', () => {
  test('for a pid file, and then for one that is not stale', async () => {
    const old = await running();
    await ended(old);
    const properties = { pidFile: old.pidFile, waitMs: 20_000 };
    const player = await opened('process', properties);
    expect(await player.online('it', 1, properties)).toMatchObject({ result: { pending: true } });
    const it = await running(old.folder);
    await player.statusReport('online');
    await ended(it);
    expect(await player.records.take()).toMatchObject({ reason: `pid ${it.pid} (${it.name}) has exited` });
  });

  test('for a name', async () => {
    const folder = temporaryFolder();
    const name = `sl${process.pid}-${started + 1}`;
    const properties = { name, waitMs: 20_000 };
    const player = await opened('process', properties);
    expect(await player.online('it', 1, properties)).toMatchObject({ result: { pending: true } });
    await running(folder);
    await player.statusReport('online');
  });

  test('until terminate comes', async () => {
    const properties = { pidFile: '/no/such.pid', waitMs: 600_000 };
    const player = await opened('process', properties);
    expect(await player.online('it', 1, properties)).toMatchObject({ result: { pending: true } });
    expect(await player.terminate('it', 1)).toMatchObject({ ok: true });
  });
});

test('what is not watched any more costs no descriptor', async () => {
  const it = await running();
  const { player, host } = await connectedHost('--builtin');
  await player.result('startup', { types: ['process'] });
  await player.open('it', 'process', { pidFile: it.pidFile });
  const descriptors: number[] = [];
  for (let incarnation = 1; incarnation <= 5; incarnation++) {
    await player.onlineAtLast('it', incarnation, { pidFile: it.pidFile });
    await player.offlineAtLast('it', incarnation);
    descriptors.push(readdirSync(`/proc/${host.process.pid}/fd`).length);
  }
  expect(descriptors.at(-1)).toBe(descriptors[0]);
});

test('the next host finds the process again', async () => {
  const it = await running();
  const { player, host } = await connectedHost('--builtin');
  await player.result('startup', { types: ['process'] });
  await player.open('it', 'process', { pidFile: it.pidFile });
  await player.onlineAtLast('it', 1, { pidFile: it.pidFile });
  host.process.kill('SIGKILL');
  await host.exited;
  player.startHost('--builtin');
  await player.hellos.take();
  await player.result('startup', { types: ['process'] });
  expect(await player.open('it', 'process', { pidFile: it.pidFile }, true)).toEqual({ found: 'running' });
  await player.onlineAtLast('it', 2, { pidFile: it.pidFile });
  await ended(it);
  expect(await player.records.take()).toMatchObject({ incarnation: 2 });
});

test('where Node has no ffi, one timer looks at all of them', async () => {
  const it = await running();
  const player = await servingPlayer();
  player.readPipe();
  player.startHost('--builtin', { NODE_OPTIONS: '--no-experimental-ffi' });
  await player.hellos.take();
  await player.result('startup', { types: ['process'] });
  await player.open('it', 'process', { pidFile: it.pidFile });
  await player.onlineAtLast('it', 1, { pidFile: it.pidFile });
  expect(player.hostLog()).toContain('no pidfd watch here');
  await ended(it);
  expect(await player.records.take()).toMatchObject({ reason: `pid ${it.pid} (${it.name}) has exited` });
});

const MANY = 1_000;

/** Brings `w0` to `w999` online, all watching one process. */
async function manyOnline(player: DaemonPlayer, properties: object, from: number, to: number): Promise<void> {
  for (let number = from; number < to; number++) {
    await player.open(`w${number}`, 'process', properties);
    await player.onlineAtLast(`w${number}`, 1, properties);
  }
}

test(`${MANY} of them cost one watcher: no thread, no process, no timer`, async () => {
  const it = await running();
  const properties = { pidFile: it.pidFile };
  const { player, host } = await connectedHost('--builtin');
  const pid = host.process.pid ?? 0;
  await player.result('startup', { types: ['process'] });
  await manyOnline(player, properties, 0, 1);
  const threads = readdirSync(`/proc/${pid}/task`).length;
  await manyOnline(player, properties, 1, MANY);
  expect(readdirSync(`/proc/${pid}/task`)).toHaveLength(threads);
  await idleness(pid, 1); // collecting the garbage of a thousand onlines is none of the idle cost
  const { wakeUpsPerSecond } = await idleness(pid, 1);
  expect(wakeUpsPerSecond).toBeLessThanOrEqual(5);
  await ended(it);
  for (let left = MANY; left > 0; left--) await player.records.take();
});
