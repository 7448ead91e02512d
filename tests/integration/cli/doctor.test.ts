import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { StatusDocument } from '@andon/protocol';
import { describe, expect, onTestFinished, test } from 'vitest';
import { MARKER } from '../../../cli/src/service/unit.ts';
import { TestDaemon } from '../../support/daemon.ts';
import { resourceStatus, statusDocument } from './fake-daemon.ts';
import { andon, fakeDaemon, type RunOptions, testFolder } from './run-andon.ts';

interface Check {
  readonly name: string;
  readonly result: string;
  readonly detail: string;
  readonly remedy: string;
}

const isRoot = process.getuid?.() === 0;
const nobody = Number(/^nobody:[^:]*:(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'))?.[1] ?? 0);
const canMount = spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt']).status === 0;
const ANDON = fileURLToPath(new URL('../../../cli/bin/andon.js', import.meta.url));

/** One check by its name, as `andon doctor --json` tells it. */
async function checkIn(folder: string, name: string, options: RunOptions = {}): Promise<Check> {
  return pick((await andon(['doctor', '--json'], folder, options)).stdout, name);
}
async function checkOf(daemon: TestDaemon, name: string): Promise<Check> {
  return pick((await daemon.andon('doctor', '--json')).stdout, name);
}
function pick(output: string, name: string): Check {
  const { checks }: { checks: Check[] } = JSON.parse(output);
  const check = checks.find((one) => one.name === name);
  if (!check) throw new Error(`no check "${name}" in ${output}`);
  return check;
}

/** A daemon that says this of itself. Its places are the test's folder. */
async function daemonThatSays(says: Partial<StatusDocument> & { daemonIs?: Partial<StatusDocument['daemon']> }): Promise<string> {
  const { folder, daemon } = await fakeDaemon({});
  const { daemonIs, ...more } = says;
  const document = statusDocument(says.resources ?? [], more);
  daemon.answers.status = () => ({ ...document, daemon: { ...document.daemon, runtimeDir: folder, stateDir: folder, ...daemonIs } });
  return folder;
}

test('all is well on a running daemon, and every check says so', async () => {
  const daemon = await TestDaemon.start();
  const ran = await daemon.andon('doctor', '--json');
  const { checks }: { checks: Check[] } = JSON.parse(ran.stdout);
  // What this machine lacks is no fault of the daemon.
  const machine = new Set(['cgroup delegation', 'disk space', 'inodes', 'open files', 'service']);
  expect(checks.filter(({ name, result }) => result !== 'ok' && !machine.has(name))).toEqual([]);
  expect(checks.every(({ result, remedy }) => (result === 'ok') === (remedy === ''))).toBe(true);
  expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length);
});

describe('the daemon', () => {
  test('of another version', async () => {
    const folder = await daemonThatSays({ daemonIs: { version: '9.9.9' } });
    expect(await checkIn(folder, 'versions')).toMatchObject({
      result: 'warn',
      detail: expect.stringContaining('9.9.9'),
      remedy: 'andon daemon upgrade',
    });
  });

  test('in trouble; its resources Failed', async () => {
    const folder = await daemonThatSays({
      daemonIs: { trouble: 'the disk is full' },
      resources: [resourceStatus('mail', { state: 'Failed' })],
    });
    expect(await checkIn(folder, 'daemon trouble')).toMatchObject({ result: 'fail', detail: 'the disk is full' });
    expect(await checkIn(folder, 'resources')).toMatchObject({ result: 'warn', remedy: 'andon events --resource mail --since 1d' });
  });

  test('that nobody can reach', async () => {
    expect(await checkIn(await testFolder(), 'daemon')).toMatchObject({ result: 'fail', remedy: 'Start one with: andon up --detach' });
  });

  test('that hangs; a bundle is made all the same', async () => {
    const daemon = await TestDaemon.start();
    process.kill(daemon.pid, 'SIGSTOP');
    expect(await checkOf(daemon, 'daemon')).toMatchObject({ result: 'fail', remedy: `kill -KILL ${daemon.pid}; andon up --detach` });
    const made = await daemon.andon('bundle', '-o', join(daemon.folder, 'hung.tar.gz'), '--json');
    expect(JSON.parse(made.stdout)).toMatchObject({ ok: true, warnings: [expect.stringContaining('gave no answer to status')] });
  });

  test('with an incident within a day', async () => {
    const folder = await testFolder();
    mkdirSync(join(folder, 'incidents'));
    const id = `${new Date().toISOString().slice(0, 19).replace(/[-:]/g, '')}-worker-1`;
    writeFileSync(join(folder, 'incidents', '20200101T000000-worker-1.json'), '{}');
    expect(await checkIn(folder, 'incidents')).toMatchObject({ result: 'ok', detail: 'none within a day, 1 kept' });
    writeFileSync(join(folder, 'incidents', `${id}.json`), '{}');
    expect(await checkIn(folder, 'incidents')).toMatchObject({ result: 'warn', remedy: `andon incidents show ${id}` });
  });
});

describe('the service, as systemctl tells it', () => {
  const healthy = {
    LoadState: 'loaded',
    ActiveState: 'active',
    SubState: 'running',
    UnitFileState: 'enabled',
    NeedDaemonReload: 'no',
    Result: 'success',
    MainPID: '0',
    FragmentPath: '/etc/systemd/system/andond.service',
    ExecStart: `{ path=${process.execPath} ; argv[]=${process.execPath} ${ANDON} ; ignore_errors=no }`,
  };
  test.each([
    { says: {}, result: 'ok', remedy: '' },
    { says: { LoadState: 'not-found' }, result: 'ok', remedy: '' },
    { says: { LoadState: 'masked' }, result: 'warn', remedy: 'unmask andond.service' },
    { says: { LoadState: 'bad-setting' }, result: 'fail', remedy: 'status andond.service' },
    { says: { ActiveState: 'failed', SubState: 'failed', Result: 'watchdog' }, result: 'fail', remedy: 'journalctl' },
    { says: { ActiveState: 'inactive' }, result: 'warn', remedy: 'start andond.service' },
    { says: { FragmentPath: 'outdated' }, result: 'warn', remedy: 'andon service install' },
    { says: { UnitFileState: 'disabled' }, result: 'warn', remedy: 'enable andond.service' },
    { says: { NeedDaemonReload: 'yes' }, result: 'warn', remedy: 'daemon-reload' },
    {
      says: { ExecStart: '{ path=/opt/gone/node ; argv[]=/opt/gone/node /opt/andond.js ; x }' },
      result: 'fail',
      remedy: 'andon service install',
    },
  ])('$says', async ({ says, result, remedy }) => {
    const folder = await testFolder();
    writeFileSync(join(folder, 'andond.service'), `${MARKER}\n[Unit]\n`);
    const text = Object.entries({
      ...healthy,
      ...says,
      ...('FragmentPath' in says ? { FragmentPath: join(folder, 'andond.service') } : {}),
    })
      .map(([key, value]) => `${key}=${value}`)
      .join('\n');
    writeFileSync(join(folder, 'systemctl'), `#!/bin/sh\ncat <<'END'\n${text}\nEND\n`, { mode: 0o755 });
    const check = await checkIn(folder, 'service', { env: { PATH: `${folder}:${process.env['PATH']}` } });
    expect(check).toMatchObject({ result, remedy: expect.stringContaining(remedy) });
  });
});

describe('directories and files', () => {
  test('that others may write to, or replace', async () => {
    const folder = await testFolder();
    expect((await checkIn(folder, 'state directory')).result).toBe('ok');
    chmodSync(folder, 0o777);
    expect(await checkIn(folder, 'state directory')).toMatchObject({ result: 'fail', remedy: `chmod go-w ${folder}` });
    const env = { ANDON_RUNTIME_DIR: join(folder, 'run'), ANDON_STATE_DIR: join(folder, 'state') };
    expect(await checkIn(folder, 'parent directories', { env })).toMatchObject({ result: 'fail', remedy: `chmod go-w ${folder}` });
  });

  test('that are no directory', async () => {
    const folder = await testFolder();
    const state = join(folder, 'state');
    writeFileSync(state, '');
    const check = await checkIn(folder, 'state directory', { env: { ANDON_STATE_DIR: state } });
    expect(check).toMatchObject({ result: 'fail', detail: expect.stringContaining('is not a directory') });
  });

  test('with what is private, open to other users', async () => {
    const folder = await testFolder();
    writeFileSync(join(folder, 'andon.db'), '', { mode: 0o600 });
    chmodSync(folder, 0o755);
    expect((await checkIn(folder, 'private files')).result).toBe('ok');
    chmodSync(join(folder, 'andon.db'), 0o644);
    expect(await checkIn(folder, 'private files')).toMatchObject({ result: 'fail', remedy: `chmod go= ${join(folder, 'andon.db')}` });
    chmodSync(folder, 0o700);
    expect((await checkIn(folder, 'private files')).result).toBe('ok');
  });

  test('of the configuration: no TOML, or written by anyone', async () => {
    const folder = await testFolder();
    const env = { ANDON_CONFIG_DIR: join(folder, 'etc') };
    mkdirSync(join(folder, 'etc', 'types.d'), { recursive: true });
    const file = join(folder, 'etc', 'types.d', 'worker.toml');
    writeFileSync(file, '[type]\nname = "worker"\ncommand = ["/bin/true"]\n');
    expect(await checkIn(folder, 'configuration files', { env })).toMatchObject({
      result: 'ok',
      detail: expect.stringContaining('1 file'),
    });
    writeFileSync(file, '[type]\nname = "worker"\ncomand = ["/bin/true"]\n');
    expect(await checkIn(folder, 'configuration files', { env })).toMatchObject({
      result: 'fail',
      detail: expect.stringMatching(new RegExp(`^${file}:3:1: unknown key "comand"`)),
      remedy: expect.stringContaining('andon reload --dry-run'),
    });
    chmodSync(file, 0o666);
    expect(await checkIn(folder, 'configuration files', { env })).toMatchObject({ result: 'fail', remedy: `chmod go-w ${file}` });
  });
});

describe('sockets', () => {
  test('left over by a daemon that was killed', async () => {
    const daemon = await TestDaemon.start();
    await daemon.crash();
    expect(await checkOf(daemon, 'socket')).toMatchObject({
      result: 'warn',
      detail: expect.stringContaining('is left over: nobody listens'),
      remedy: 'andon up --detach',
    });
  });

  test('at which somebody else listens', async () => {
    const folder = await testFolder();
    const server = createServer((socket) => socket.end()).listen(join(folder, 'control.sock'));
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    chmodSync(join(folder, 'control.sock'), 0o600);
    expect(await checkIn(folder, 'socket')).toMatchObject({ result: 'warn', remedy: `ss -xlp src ${join(folder, 'control.sock')}` });
  });

  test('that are none, are open to all, or are gone', async () => {
    const folder = await testFolder();
    writeFileSync(join(folder, 'control.sock'), '');
    expect(await checkIn(folder, 'socket')).toMatchObject({ result: 'fail', remedy: `rm ${join(folder, 'control.sock')}` });
    const daemon = await TestDaemon.start();
    const path = join(daemon.folder, 'run', 'control.sock');
    chmodSync(path, 0o666);
    expect(await checkOf(daemon, 'socket')).toMatchObject({ result: 'fail', remedy: `chmod go= ${path}` });
    rmSync(join(daemon.folder, 'run', 'host.sock'));
    expect(await checkOf(daemon, 'host socket')).toMatchObject({ result: 'fail', remedy: 'andon daemon upgrade' });
  });
});

describe.skipIf(!canMount)('disks (needs root and mounts)', () => {
  /** Runs the doctor where `mount` was carried out; without a daemon. */
  async function checkOn(mount: (state: string) => string, name: string): Promise<Check> {
    const folder = await testFolder();
    const state = join(folder, 'state');
    mkdirSync(state, { mode: 0o700 });
    const env = { PATH: process.env['PATH'], HOME: folder, ANDON_RUNTIME_DIR: state, ANDON_STATE_DIR: state };
    const script = `${mount(state)}; exec "$@"`;
    const { stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', script, 'sh', process.execPath, ANDON, 'doctor', '--json'], {
      env,
      encoding: 'utf8',
    });
    if (stdout === '') throw new Error(stderr);
    return pick(stdout, name);
  }

  test('nearly full, and full', async () => {
    expect(await checkOn((state) => `mount -t tmpfs -o size=100m tmpfs ${state}`, 'disk space')).toMatchObject({ result: 'warn' });
    const fill = (state: string): string => `mount -t tmpfs -o size=4m tmpfs ${state}; dd if=/dev/zero of=${state}/filler 2>/dev/null`;
    expect(await checkOn(fill, 'disk space')).toMatchObject({
      result: 'fail',
      detail: expect.stringContaining('0 MiB free'),
      remedy: expect.stringContaining('du -xh'),
    });
    expect(await checkOn(fill, 'runtime space')).toMatchObject({ result: 'fail' });
  });

  test('without inodes', async () => {
    const mount = (state: string): string => `mount -t tmpfs -o nr_inodes=20 tmpfs ${state}`;
    expect(await checkOn(mount, 'inodes')).toMatchObject({ result: 'fail', remedy: expect.stringContaining('du -x --inodes') });
    expect(await checkOn(mount, 'runtime inodes')).toMatchObject({ result: 'fail' });
  });

  test('mounted read-only', async () => {
    const mount = (state: string): string => `mount -t tmpfs tmpfs ${state}; mount -o remount,ro ${state}`;
    expect(await checkOn(mount, 'mounts')).toMatchObject({
      result: 'fail',
      remedy: expect.stringMatching(/^mount -o remount,rw .*state$/),
    });
  });
});

describe('the store', () => {
  async function stopped(): Promise<{ readonly daemon: TestDaemon; readonly path: string }> {
    const daemon = await TestDaemon.start();
    await daemon.scripted('demo');
    for (let index = 0; index < 50; index++) await daemon.add(`r${index}`, 'demo');
    await daemon.stop();
    return { daemon, path: join(daemon.folder, 'state', 'andon.db') };
  }

  test('damaged, and left byte for byte as it is', async () => {
    const { daemon, path } = await stopped();
    expect(await checkOf(daemon, 'store')).toMatchObject({ result: 'ok' });
    const fd = openSync(path, 'r+');
    for (let at = 4096; at < 40_960; at += 4096) writeSync(fd, Buffer.alloc(512, 0x5a), 0, 512, at);
    closeSync(fd);
    const before = readFileSync(path);
    expect(await checkOf(daemon, 'store')).toMatchObject({
      result: 'fail',
      detail: expect.stringContaining('is damaged'),
      remedy: expect.stringContaining('andon export'),
    });
    expect(readFileSync(path).equals(before)).toBe(true);
    writeFileSync(path, 'no database at all, and long enough to look like one'.repeat(100));
    expect(await checkOf(daemon, 'store')).toMatchObject({ result: 'fail' });
  });

  test('examined while the daemon writes, and neither is in the way of the other', async () => {
    const daemon = await TestDaemon.start();
    await daemon.scripted('demo');
    await daemon.add('web', 'demo');
    const checks = [1, 2, 3].map(() => checkOf(daemon, 'store'));
    for (let count = 0; count < 30; count++) await daemon.client.request('resourceSet', { name: 'web', set: { count } });
    for (const check of await Promise.all(checks)) expect(check).toMatchObject({ result: 'ok' });
    expect(daemon.client.events.some(({ kind }) => kind === 'storeTrouble')).toBe(false);
    renameSync(join(daemon.folder, 'state', 'andon.db'), join(daemon.folder, 'moved'));
    expect(await checkOf(daemon, 'store')).toMatchObject({
      result: 'fail',
      detail: expect.stringContaining('is gone'),
      remedy: expect.stringContaining('andon export'),
    });
  });

  test('with a history too large, and with events of tomorrow', async () => {
    const { daemon, path } = await stopped();
    const database = new DatabaseSync(path);
    database.exec(`UPDATE events SET wall_ms = wall_ms + 86400000`);
    database.close();
    truncateSync(path, 300 * 1024 * 1024);
    expect(await checkOf(daemon, 'clock')).toMatchObject({
      result: 'warn',
      detail: expect.stringContaining('set back'),
      remedy: 'timedatectl status',
    });
    expect(await checkOf(daemon, 'history')).toMatchObject({ result: 'warn', remedy: expect.stringContaining('VACUUM') });
  });
});

test('hosts that are left: of a daemon that was killed, and of an earlier one that this one does not know', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo');
  await daemon.online('web');
  expect(await checkOf(daemon, 'leftover hosts')).toMatchObject({ result: 'ok' });
  const env = { ...process.env, ANDON_HOST_ID: 'ghost', ANDON_TOKEN: 'x', ANDON_STATE_DIR: join(daemon.folder, 'state') };
  const ghost = spawn('sleep', ['1000'], { env, stdio: 'ignore' });
  await once(ghost, 'spawn');
  expect(await checkOf(daemon, 'leftover hosts')).toMatchObject({
    result: 'warn',
    detail: expect.stringContaining(`ghost (pid ${ghost.pid})`),
    remedy: expect.stringContaining(`kill ${ghost.pid}`),
  });
  ghost.kill('SIGKILL');
  await once(ghost, 'exit');
  const { monitorProcessId } = await daemon.status('web');
  await daemon.crash();
  expect(await checkOf(daemon, 'leftover hosts')).toMatchObject({
    result: 'warn',
    detail: expect.stringContaining(`demo (pid ${monitorProcessId})`),
    remedy: 'andon up --detach',
  });
});

describe('limits', () => {
  test('too few open files: few at all, or nearly all of them used', async () => {
    const daemon = new TestDaemon();
    onTestFinished(() => daemon.end());
    daemon.prefix = ['prlimit', '--nofile=1024:1024'];
    await daemon.up();
    expect(await checkOf(daemon, 'open files')).toMatchObject({
      result: 'warn',
      detail: expect.stringContaining('enough for about 256 hosts'),
      remedy: expect.stringContaining('LimitNOFILE'),
    });
    const used = readdirSync(`/proc/${daemon.pid}/fd`).length;
    execFileSync('prlimit', ['--pid', String(daemon.pid), `--nofile=${used + 4}:1024`]);
    expect(await checkOf(daemon, 'open files')).toMatchObject({ result: 'fail' });
    // Now it cannot even accept the connection.
    execFileSync('prlimit', ['--pid', String(daemon.pid), '--nofile=20:1024']);
    expect(await checkOf(daemon, 'daemon')).toMatchObject({ result: 'fail', remedy: `kill -KILL ${daemon.pid}; andon up --detach` });
    expect(await checkOf(daemon, 'open files')).toMatchObject({ result: 'fail' });
  });

  const pids = '/sys/fs/cgroup/pids';
  const canLimit = isRoot && spawnSync('test', ['-w', `${pids}/cgroup.procs`]).status === 0;
  test.skipIf(!canLimit)('too few processes (needs root and a cgroup with pids)', async () => {
    const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
    await once(child, 'spawn');
    const directory = `${pids}/andon-test-${child.pid}`;
    mkdirSync(directory);
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
      rmdirSync(directory);
    });
    writeFileSync(join(directory, 'pids.max'), '1');
    writeFileSync(join(directory, 'cgroup.procs'), String(child.pid));
    const folder = await daemonThatSays({ daemonIs: { pid: child.pid! } });
    expect(await checkIn(folder, 'processes')).toMatchObject({
      result: 'fail',
      detail: `1 of 1 in ${directory}`,
      remedy: expect.stringContaining('TasksMax'),
    });
  });

  test.skipIf(!isRoot || nobody === 0)(
    'of a daemon that is not root: memory of pipes, a cgroup of its own (needs root and a user "nobody")',
    async () => {
      const child = spawn('sleep', ['1000'], { stdio: 'ignore', uid: nobody });
      await once(child, 'spawn');
      onTestFinished(() => void child.kill('SIGKILL'));
      const folder = await daemonThatSays({ daemonIs: { pid: child.pid! } });
      const soft = Number(readFileSync('/proc/sys/fs/pipe-user-pages-soft', 'utf8'));
      mkdirSync(join(folder, 'ev'));
      expect(await checkIn(folder, 'pipe memory')).toMatchObject({ result: 'ok' });
      for (let index = 0; index <= soft / 16; index++) writeFileSync(join(folder, 'ev', `h${index}`), '');
      expect(await checkIn(folder, 'pipe memory')).toMatchObject({
        result: 'warn',
        remedy: expect.stringContaining('sysctl -w fs.pipe-user-pages-soft='),
      });
      expect(await checkIn(folder, 'cgroup delegation')).toMatchObject({ result: 'warn', remedy: 'andon service install --user' });
    },
  );
});

test('a Node without node:ffi', async () => {
  const check = await checkIn(await testFolder(), 'node:ffi', { env: { NODE_OPTIONS: '--no-experimental-ffi' } });
  expect(check).toMatchObject({ result: 'warn', remedy: 'npm ci --include=optional' });
});
