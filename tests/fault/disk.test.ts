import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { onlineAs } from '../support/records.ts';
import { refused } from './support.ts';

/** Only root may mount, and not in every container. */
const canMount = spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt']).status === 0;
const inPrivateMounts = test.skipIf(!canMount);
const CHUNK = Buffer.alloc(64 * 1024);

/** Starts `then` in mounts of its own, where `mount` has been carried out. The pid stays. */
const inMounts = (mount: string, ...then: string[]): string[] => ['unshare', '-m', 'sh', '-c', `${mount} && exec "$@"`, 'sh', ...then];

/** A daemon whose state folder is a small file system of its own. */
async function daemonOnSmallDisk(): Promise<{ daemon: TestDaemon; fill: () => void; free: () => void }> {
  const daemon = new TestDaemon();
  onTestFinished(() => daemon.end());
  const state = join(daemon.folder, 'state');
  mkdirSync(state, { mode: 0o700 });
  daemon.prefix = inMounts(`mount -t tmpfs -o size=4m,mode=0700 tmpfs ${state}`);
  await daemon.up();
  // Through its root the daemon's mounts can be reached from here.
  const filler = `/proc/${daemon.pid}/root${state}/filler`;
  return { daemon, fill: () => fillUp(filler), free: () => rmSync(filler) };
}

function fillUp(path: string): void {
  const fd = openSync(path, 'w');
  try {
    for (let size = CHUNK.length; size > 0; size = size === 1 ? 0 : size >> 1) writeAll(fd, size);
  } finally {
    closeSync(fd);
  }
}

function writeAll(fd: number, size: number): void {
  try {
    while (writeSync(fd, CHUNK, 0, size) > 0);
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  }
}

inPrivateMounts(
  'a full disk (needs root and mounts): changes are refused with exit 6, recovery goes on, and once there is room all is written',
  async () => {
    const { daemon, fill, free } = await daemonOnSmallDisk();
    await daemon.scripted('demo');
    await daemon.add('web', 'demo');
    await daemon.online('web');
    fill();

    const error = await refused(daemon, 6, 'resource', 'set', 'web', '--set', `note=${'x'.repeat(120_000)}`);
    expect(error).toEqual({
      code: 'storeReadOnly',
      message: `The store ${join(daemon.folder, 'state', 'andon.db')} cannot be written: the disk is full (SQLITE_FULL).`,
      remedy: `Free disk space or mend permissions in ${join(daemon.folder, 'state')}; nothing was changed.`,
    });

    // Enough events that no page left over in the log could hold them.
    for (let index = 0; index < 100; index++)
      await daemon.do('web', {
        action: 'notify',
        method: 'log',
        params: { level: 'info', text: 'y'.repeat(4000) },
      });
    expect(await daemon.client.next('storeTrouble')).toMatchObject({
      reason: expect.stringContaining('the disk is full'),
    });
    await daemon.do('web', { action: 'write', text: 'web@1 disk gone\n' });
    await daemon.client.event(({ kind, resource, incarnation }) => kind === 'online' && resource === 'web' && incarnation === 2);
    const { daemon: facts } = JSON.parse((await daemon.andon('status', '--json')).stdout);
    expect(facts.trouble).toContain('the disk is full');

    free();
    await daemon.client.next('storeRecovered');
    expect((await daemon.andon('resource', 'set', 'web', '--property', 'RestartThreshold=7')).code).toBe(0);
    const { events }: { events: { kind: string; incarnation: number }[] } = JSON.parse(
      (await daemon.andon('events', '--resource', 'web', '--json')).stdout,
    );
    expect(events.filter(({ kind }) => kind === 'online').map(({ incarnation }) => incarnation)).toEqual([1, 2]);
  },
);

/** Says more than fits into what its log has left whenever it is run; dead once, or hanging, when the test says so. */
const SCRIPT = `#!/bin/sh
printf '%9000s\\n' "$1" 2>/dev/null
case "$1" in
  offline) exit 3 ;;
  looksalive) [ ! -e "$FOLDER/hang" ] || sleep 600 ;;
  isalive) ! rm "$FOLDER/dead" 2>/dev/null ;;
esac
`;

async function withProgramAndScript(daemon: TestDaemon): Promise<void> {
  // By the state directory the test finds what was started, and ends it.
  const env = { FOLDER: daemon.folder, ANDON_STATE_DIR: join(daemon.folder, 'state') };
  const script = join(daemon.folder, 'script');
  writeFileSync(script, SCRIPT, { mode: 0o755 });
  const add = (name: string, type: string, set: Record<string, string | number | string[] | Record<string, string>>) =>
    daemon.client.request('resourceAdd', { resource: { name, type, set, properties: { RestartDelay: 10 } } });
  await add('program', 'generic-application', { command: 'sleep', args: ['600'], env });
  await add('script', 'exec', { script, env, looksAliveMs: 100, isAliveMs: 100, timeoutMs: 1_000 });
  await daemon.online('program', 'script');
}

async function pidOf(daemon: TestDaemon, name: string): Promise<number> {
  return Number((await daemon.status(name)).statusText?.replace('pid ', ''));
}

inPrivateMounts(
  'a full disk (needs root and mounts): programs and scripts are restarted, and a program is adopted when its host dies',
  async () => {
    const { daemon, fill } = await daemonOnSmallDisk();
    await withProgramAndScript(daemon);
    fill();

    process.kill(await pidOf(daemon, 'program'), 'SIGKILL');
    await onlineAs(daemon, 'program', 2);
    const pid = await pidOf(daemon, 'program');
    const { hosts } = await daemon.client.request('hostList', {});
    process.kill(hosts.find(({ id }) => id === 'builtin')?.pid ?? 0, 'SIGKILL');
    await onlineAs(daemon, 'program', 3);
    expect(await pidOf(daemon, 'program')).toBe(pid);

    writeFileSync(join(daemon.folder, 'dead'), '');
    const told = expect.stringContaining('isalive: exit code 1');
    expect(await daemon.client.next('failureReported', 'script')).toMatchObject({ source: 'isAlive', reason: told });
    await onlineAs(daemon, 'script', 2);
    writeFileSync(join(daemon.folder, 'hang'), '');
    await daemon.client.event(
      ({ kind, resource, reason }) => kind === 'failed' && resource === 'script' && /hang mode/.test(String(reason)),
    );
    // Whatever else was printed that the disk did not take, it has failed nothing.
    const { stdout } = await daemon.andon('events', '--json');
    expect(stdout).not.toContain('ENOSPC');
  },
);

inPrivateMounts(
  'a state folder that is read-only at start (needs root and mounts): exit 6 with the remedy, the store as it was',
  async () => {
    const daemon = await TestDaemon.start();
    await daemon.scripted('demo');
    await daemon.add('web', 'demo');
    await daemon.stop();
    const state = join(daemon.folder, 'state');
    const before = readFileSync(join(state, 'andon.db'));

    daemon.prefix = inMounts(`mount --bind ${state} ${state} && mount -o remount,ro,bind ${state}`);
    const problem = await daemon.up().then(
      () => 'it started',
      (error: Error) => error.message,
    );

    expect(problem).toContain('exited with 6');
    expect(problem).toContain(state);
    expect(problem).toMatch(/read-only/);
    expect(readFileSync(join(state, 'andon.db')).equals(before)).toBe(true);
    daemon.prefix = [];
    await daemon.up();
    expect((await daemon.status('web')).state).toBe('Offline');
  },
);
