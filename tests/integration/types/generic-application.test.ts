import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applications, fileAppears, isRunning, isWrittenDown, pidOf } from '../resource-host/applications.ts';
import type { DaemonPlayer, HostRun } from '../resource-host/daemon-player.ts';
import { connectedHost, servingPlayer } from '../resource-host/host-test.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { hasPrograms } from '../../support/toolchain.ts';
import { cgroupOf, canMakeCgroups } from '../../support/cgroups.ts';

const PENDING = { result: { pending: true } };

async function openedHost(): Promise<{ player: DaemonPlayer; host: HostRun }> {
  const { player, host } = await connectedHost('--builtin');
  await player.result('startup', { types: ['generic-application'] });
  await player.open('app', 'generic-application', { command: 'true' });
  return { player, host };
}

async function opened(): Promise<DaemonPlayer> {
  return (await openedHost()).player;
}

function shell(player: DaemonPlayer, script: string, more: object = {}): object {
  return { command: 'sh', args: ['-c', script], cwd: player.directory, ...more };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A program that shows readiness in this way once the file `go` is there. */
const whenTold = (act: string): string => `while [ ! -e go ]; do sleep 0.02; done; ${act}`;
const go = (player: DaemonPlayer): void => writeFileSync(join(player.directory, 'go'), '');

const NOTIFY = (...messages: string[]): string =>
  `python3 -c 'import os,socket; s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); ` +
  `a="\\0"+os.environ["NOTIFY_SOCKET"][1:]; [s.sendto(m.encode(),a) for m in ${JSON.stringify(messages)}]'`;

describe('an application is online when it is ready', () => {
  test('by a line that it prints, on standard error as well', async () => {
    const player = await opened();
    const script = whenTold('echo starting; echo "listening on 80" >&2; exec sleep 600');
    expect(await player.online('app', 1, shell(player, script, { readyLine: '^listening on \\d+$' }))).toMatchObject(PENDING);
    expect(await player.statusReport('onlinePending')).toMatchObject({
      text: expect.stringMatching(/^pid \d+ runs; waiting for a line that matches \/\^listening/),
    });
    go(player);
    expect(await player.statusReport('online')).toMatchObject({ eventHandle: expect.any(String) });
  });

  test('not by a line of an earlier start', async () => {
    const player = await opened();
    const properties = shell(player, 'echo ready; exec sleep 600', { readyLine: 'ready' });
    await player.onlineAtLast('app', 1, properties);
    await player.offlineAtLast('app', 1);
    const silent = shell(player, 'exec sleep 600', { readyLine: 'ready', readyTimeoutMs: 300 });
    expect(await player.onlineFailure('app', 2, silent)).toMatch(/^not ready within 300 ms: waited for a line that matches \/ready\//);
    await player.terminate('app', 2);
  });

  test('by a port that it opens', async () => {
    const player = await opened();
    const port = await freePort();
    const server = `import socket,time; s=socket.create_server(("127.0.0.1",${port})); time.sleep(600)`;
    const script = whenTold(`exec python3 -c '${server}'`);
    await player.online('app', 1, shell(player, script, { readyPort: port }));
    expect(await player.statusReport('onlinePending')).toMatchObject({
      text: expect.stringContaining(`a connection to 127.0.0.1:${port}`),
    });
    go(player);
    await player.statusReport('online');
    await player.terminate('app', 1);
    const never = shell(player, 'exec sleep 600', { readyPort: port, readyTimeoutMs: 200 });
    expect(await player.onlineFailure('app', 2, never)).toBe(
      `not ready within 200 ms: waited for a connection to 127.0.0.1:${port} (ECONNREFUSED)`,
    );
  });

  test('by a file that it writes, in a folder that it makes', async () => {
    const player = await opened();
    const script = whenTold('mkdir -p run/app; echo $$ > run/app/pid; exec sleep 600');
    expect(await player.online('app', 1, shell(player, script, { readyFile: 'run/app/pid' }))).toMatchObject(PENDING);
    go(player);
    await player.statusReport('online');
  });

  test('not by a file of an earlier start', async () => {
    const readyFile = join(temporaryFolder(), 'pid');
    writeFileSync(readyFile, '1');
    // Starting a host takes longer than the clock of any file system is coarse.
    const player = await opened();
    const silent = shell(player, 'exec sleep 600', { readyFile, readyTimeoutMs: 300 });
    expect(await player.onlineFailure('app', 1, silent)).toBe(
      `not ready within 300 ms: waited for file ${readyFile} (it is there, but older than this start)`,
    );
    await player.terminate('app', 1);
  });

  test.skipIf(!hasPrograms('python3'))('by a notification, whose status is shown (needs python3)', async () => {
    const player = await opened();
    const script = `${NOTIFY('STATUS=loading')}; ${whenTold(NOTIFY('READY=1\nSTATUS=serving'))}; exec sleep 600`;
    await player.online('app', 1, shell(player, script, { readyNotify: true }));
    const shown = (text: string) =>
      player.requests.take(({ method, params }) => method === 'setProperties' && JSON.stringify(params).includes(text));
    await shown(': loading');
    go(player);
    await player.statusReport('online');
    await shown(': serving');
  });

  test.skipIf(!hasPrograms('python3') || process.getuid?.() !== 0)(
    'not by the notification of another user (needs python3, root)',
    async () => {
      const player = await opened();
      chmodSync(player.directory, 0o777);
      const script = 'echo $NOTIFY_SOCKET > draft; mv draft name; exec sleep 600';
      const failure = player.onlineFailure('app', 1, shell(player, script, { readyNotify: true, user: 'nobody', readyTimeoutMs: 1_000 }));
      await fileAppears(join(player.directory, 'name'));
      const NOTIFY_SOCKET = readFileSync(join(player.directory, 'name'), 'utf8').trim();
      const said = spawnSync('sh', ['-c', NOTIFY('READY=1')], { env: { ...process.env, NOTIFY_SOCKET }, uid: 1, gid: 1 });
      expect(said.status).toBe(0);
      expect(await failure).toBe('not ready within 1000 ms: waited for READY=1 from the application');
    },
  );

  test('and readyNotify says so where Node has no ffi', async () => {
    const player = await servingPlayer();
    player.startHost('--builtin', { NODE_OPTIONS: '--no-experimental-ffi' });
    await player.hellos.take();
    await player.result('startup', { types: ['generic-application'] });
    await player.open('app', 'generic-application', { command: 'true' });
    expect(await player.onlineFailure('app', 1, { command: 'true', readyNotify: true })).toMatch(
      /^readyNotify needs node:ffi, which this Node \(v\S+\) does not have; use another ready… property$/,
    );
  });

  test('and its exit before is the reason why online failed, not a failure record', async () => {
    const player = await opened();
    const properties = shell(player, 'echo no table; exit 4', { readyFile: 'never' });
    expect(await player.onlineFailure('app', 1, properties)).toBe(
      `exited with code 4: no table; it was not ready yet (waited for file ${join(player.directory, 'never')})`,
    );
    expect(await player.terminate('app', 1)).toMatchObject({ ok: true });
    expect(player.records.peek()).toEqual([]);
  });

  test('and terminate ends the wait', async () => {
    const player = await opened();
    expect(await player.online('app', 1, shell(player, 'exec sleep 600', { readyFile: 'never' }))).toMatchObject(PENDING);
    expect(await player.terminate('app', 1)).toMatchObject({ ok: true });
    expect(applications(player)).toEqual([]);
  });

  test('if it is told how, and in one way', async () => {
    const player = await opened();
    expect(await player.onlineFailure('app', 1, { command: 'true', readyPort: 80, readyFile: 'x' })).toContain(
      'at most one of readyPort, readyLine, readyNotify, readyFile may be set',
    );
    await player.terminate('app', 1);
    expect(await player.onlineFailure('app', 2, { command: 'true', readyLine: '(' })).toContain('readyLine: is not a regular expression');
  });
});

test('what it printed last is part of the reason when it gives up, not when it was killed or an earlier start printed it', async () => {
  const player = await opened();
  await player.onlineAtLast('app', 1, shell(player, 'echo starting; echo "cannot bind: address in use" >&2; exit 1'));
  expect(await player.records.take()).toMatchObject({ reason: 'exited with code 1: cannot bind: address in use' });
  await player.terminate('app', 1);
  await player.onlineAtLast('app', 2, shell(player, 'exit 3'));
  expect(await player.records.take()).toMatchObject({ reason: 'exited with code 3' });
  await player.terminate('app', 2);
  await player.onlineAtLast('app', 3, shell(player, 'echo serving; kill -9 $$'));
  expect(await player.records.take()).toMatchObject({ reason: 'killed by SIGKILL' });
});

describe('the next host', () => {
  test('asks an application that was ready no more', async () => {
    const { player, host } = await openedHost();
    const properties = shell(player, whenTold('echo ready; exec sleep 600'), { readyLine: 'ready', readyTimeoutMs: 10_000 });
    go(player);
    await player.onlineAtLast('app', 1, properties);
    const pid = pidOf(player, 'app');
    writeFileSync(join(player.stateDirectory, 'logs/applications/app.log'), '');
    await succeed(player, host, properties);
    await player.onlineAtLast('app', 2, properties);
    expect(pidOf(player, 'app')).toBe(pid);
  });

  test('waits for one that was still starting, also for what it said meanwhile', async () => {
    const { player, host } = await openedHost();
    const properties = shell(player, whenTold('echo ready; exec sleep 600'), { readyLine: 'ready' });
    expect(await player.online('app', 1, properties)).toMatchObject(PENDING);
    const pid = pidOf(player, 'app');
    await succeed(player, host, properties);
    expect(await player.online('app', 2, properties)).toMatchObject(PENDING);
    go(player);
    await player.statusReport('online');
    expect(pidOf(player, 'app')).toBe(pid);
  });
});

/** Kills the host and starts the next one, which opens the application to recover it. */
async function succeed(player: DaemonPlayer, host: HostRun, properties: object): Promise<void> {
  host.process.kill('SIGKILL');
  await host.exited;
  player.startHost('--builtin');
  await player.hellos.take();
  await player.result('startup', { types: ['generic-application'] });
  expect(await player.open('app', 'generic-application', properties, true)).toMatchObject({ found: 'running' });
}

describe('limits and environment file', () => {
  test.skipIf(!hasPrograms('prlimit'))('are those of the application (needs prlimit)', async () => {
    const player = await opened();
    writeFileSync(join(player.directory, 'web.env'), '# of the web\nCOLOUR="light blue"\nSHAPE=round\n');
    const properties = shell(player, 'ulimit -n; ulimit -c; echo $COLOUR, $SHAPE; echo > ready; exec sleep 600', {
      limits: { nofile: 123, core: 0 },
      envFile: 'web.env',
      env: { SHAPE: 'square' },
    });
    await player.onlineAtLast('app', 1, properties);
    await fileAppears(join(player.directory, 'ready'));
    expect(readFileSync(join(player.stateDirectory, 'logs/applications/app.log'), 'utf8')).toBe('123\n0\nlight blue, square\n');
  });

  test('a file that is missing is an error that says what to do; with - in front it is none', async () => {
    const player = await opened();
    const properties = { command: 'true', envFile: '/no/such.env' };
    expect(await player.onlineFailure('app', 1, properties)).toBe(
      'envFile /no/such.env cannot be read (ENOENT); make it, or set envFile=-/no/such.env if it may be missing',
    );
    await player.terminate('app', 1);
    await player.onlineAtLast('app', 2, { ...properties, envFile: '-/no/such.env' });
    await player.terminate('app', 2);
  });

  test.skipIf(process.getuid?.() !== 0)('a user has all its groups (needs root)', async () => {
    const player = await opened();
    await player.onlineAtLast('app', 1, shell(player, 'id -Gn; exit 1', { user: 'nobody', cwd: '/', limits: { nofile: 64 } }));
    await player.records.take();
    expect(readFileSync(join(player.stateDirectory, 'logs/applications/app.log'), 'utf8')).toBe('nogroup\n');
  });
});

test.skipIf(process.getuid?.() !== 0)('what is set for another user is not set for root on the way there (needs root)', async () => {
  const player = await opened();
  chmodSync(player.directory, 0o777);
  // The loader of each process that has these writes a file of that name and of its user.
  const env = { LD_DEBUG: 'libs', LD_DEBUG_OUTPUT: join(player.directory, 'loaded'), COLOUR: 'it\'s "blue"\n$HOME' };
  const properties = shell(player, 'env > draft; mv draft variables; exec sleep 600', { user: 'nobody', env, limits: { nofile: 99 } });
  await player.onlineAtLast('app', 1, properties);
  await fileAppears(join(player.directory, 'variables'));
  const uid = statSync(join(player.directory, 'variables')).uid;
  expect(uid).not.toBe(0);
  expect(statSync(join(player.directory, `loaded.${pidOf(player, 'app')}`)).uid).toBe(uid);
  const variables = readFileSync(join(player.directory, 'variables'), 'utf8');
  expect(variables).toContain('COLOUR=it\'s "blue"\n$HOME\n');
  expect(variables).not.toContain('ANDON_LATER');
});

test('what the kernel does not take for a program is an error of online, also behind helpers', async () => {
  const player = await opened();
  const program = join(player.directory, 'program');
  // The magic of a program, and nothing behind it.
  writeFileSync(program, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]), { mode: 0o755 });
  expect(await player.onlineFailure('app', 1, { command: program, limits: { nofile: 64 } })).toContain(`cannot start ${program}: `);
  expect(await player.terminate('app', 1)).toMatchObject({ ok: true });
  expect(player.records.peek()).toEqual([]);
  // A program may exit with what a shell exits with that found none.
  await player.onlineAtLast('app', 2, shell(player, 'sleep 0.05; exit 127', { limits: { nofile: 64 } }));
  expect(await player.records.take()).toMatchObject({ reason: 'exited with code 127' });
});

test('no descriptor of a helper is left to the program', async () => {
  const player = await opened();
  const script = '(readlink /proc/self/fd/3 || echo closed) > draft; mv draft third; exec sleep 600';
  await player.onlineAtLast('app', 1, shell(player, script, { limits: { nofile: 64 } }));
  await fileAppears(join(player.directory, 'third'));
  expect(readFileSync(join(player.directory, 'third'), 'utf8')).toBe('closed\n');
});

test.skipIf(!hasPrograms('python3'))('a variable may have a name that no shell knows (needs python3)', async () => {
  const player = await opened();
  const program = 'import os; print(os.environ["odd.name"], flush=True)';
  await player.onlineAtLast('app', 1, { command: 'python3', args: ['-c', program], env: { 'odd.name': 'a b' }, readyLine: '^a b$' });
  await player.terminate('app', 1);
});

test('an environment file that is a pipe stops nobody', async () => {
  const player = await opened();
  execFileSync('mkfifo', [join(player.directory, 'pipe')]);
  expect(await player.onlineFailure('app', 1, { command: 'true', envFile: join(player.directory, 'pipe') })).toBe(
    `envFile ${join(player.directory, 'pipe')} cannot be read (not a regular file)`,
  );
});

describe.skipIf(!canMakeCgroups())('in a cgroup (needs cgroup v2 that may be written)', () => {
  test('what gave up session, parent and environment is killed too, and the cgroup is removed', async () => {
    const player = await opened();
    // By the time that it is the child of nobody, nothing but the cgroup tells whose it is.
    const script = `setsid env -i sh -c 'sleep 604 & echo $! > ${player.directory}/escaped; mv escaped known' & wait; exec sleep 600`;
    await player.onlineAtLast('app', 1, shell(player, script));
    await fileAppears(join(player.directory, 'known'));
    const escaped = Number(readFileSync(join(player.directory, 'known'), 'utf8'));
    const cgroup = cgroupOf(pidOf(player, 'app'));
    expect(basename(cgroup)).toMatch(/^andon-application-app-[0-9a-f]{16}$/);
    expect(cgroupOf(escaped)).toBe(cgroup);
    process.kill(pidOf(player, 'app'), 'SIGKILL');
    await player.records.take();
    expect(isRunning(escaped)).toBe(true);
    expect(await player.terminate('app', 1)).toMatchObject({ ok: true });
    expect(isRunning(escaped)).toBe(false);
    expect(existsSync(cgroup)).toBe(false);
    expect(existsSync(dirname(cgroup))).toBe(true);
    expect(isWrittenDown(player, 'app')).toBe(false);
  });

  test('a host that is killed leaves it to the next one', async () => {
    const { player, host } = await openedHost();
    const properties = shell(player, 'echo > moved; exec sleep 600');
    await player.onlineAtLast('app', 1, properties);
    await fileAppears(join(player.directory, 'moved'));
    const cgroup = cgroupOf(pidOf(player, 'app'));
    await succeed(player, host, properties);
    await player.onlineAtLast('app', 2, properties);
    await player.offlineAtLast('app', 2);
    expect(existsSync(cgroup)).toBe(false);
  });
});
