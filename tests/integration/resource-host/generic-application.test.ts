import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TOKEN, type DaemonPlayer } from './daemon-player.ts';
import { applications, environmentOf, fileAppears, isRunning, isWrittenDown, pidOf, recordPath } from './applications.ts';
import { connectedHost } from './host-test.ts';

/** A host of the built-in types with one application opened. */
async function opened(name = 'app'): Promise<DaemonPlayer> {
  const { player } = await connectedHost('--builtin');
  await player.result('startup', { types: ['generic-application'] });
  await player.open(name, 'generic-application', { command: 'true' });
  return player;
}

function shell(player: DaemonPlayer, script: string, more: object = {}): object {
  return { command: 'sh', args: ['-c', script], cwd: player.directory, ...more };
}

describe('an application that ends by itself fails', () => {
  test('with its exit code', async () => {
    const player = await opened();
    await player.onlineAtLast('app', 1, shell(player, 'exit 3'));
    expect(await player.records.take()).toMatchObject({
      resource: 'app',
      incarnation: 1,
      reason: 'exited with code 3',
    });
    expect(await player.result('isAlive', { resourceId: 'app', incarnation: 1 })).toEqual({ alive: false });
    await player.offlineAtLast('app', 1);
  });

  test('with the signal that killed it', async () => {
    const player = await opened();
    await player.onlineAtLast('app', 1, shell(player, 'exec sleep 600'));
    expect(await player.result('isAlive', { resourceId: 'app', incarnation: 1 })).toEqual({ alive: true });
    process.kill(pidOf(player, 'app'), 'SIGKILL');
    expect(await player.records.take()).toMatchObject({ reason: 'killed by SIGKILL' });
    expect(await player.terminate('app', 1)).toMatchObject({ ok: true });
    expect(isWrittenDown(player, 'app')).toBe(false);
  });

  test('and its leftovers are gone when terminate is answered', async () => {
    const player = await opened();
    // The second child left the session, the third threw its environment away.
    const script = `sleep 601 & setsid sleep 602 & env -i sleep 603 & exit 1`;
    await player.onlineAtLast('app', 1, shell(player, script));
    await player.records.take();
    expect(applications(player)).toHaveLength(3);
    expect(await player.terminate('app', 1)).toMatchObject({ ok: true });
    expect(applications(player)).toEqual([]);
  });
});

describe('an application that cannot be started is an error of online, with the exact reason', () => {
  test.each([
    [{ command: '/no/such/program' }, 'command /no/such/program: no such file (ENOENT)'],
    [{ command: 'no-such-program', env: { PATH: '/bin' } }, 'command "no-such-program" was not found in PATH (/bin)'],
    [{ command: '/etc/passwd' }, 'command /etc/passwd: not executable (EACCES)'],
    [{ command: '/etc' }, 'command /etc: is a folder (EISDIR)'],
    [{ command: 'true', cwd: '/no/such/folder' }, 'cwd /no/such/folder: no such folder (ENOENT)'],
    [{ command: 'true', user: 'no-such-user' }, 'there is no user "no-such-user"'],
  ])('%j', async (properties, message) => {
    const player = await opened();
    expect(await player.onlineFailure('app', 1, properties)).toBe(message);
    expect(await player.terminate('app', 1)).toMatchObject({ ok: true });
    expect(isWrittenDown(player, 'app')).toBe(false);
  });

  test('also when the interpreter of a script is missing', async () => {
    const player = await opened();
    const script = join(player.directory, 'script');
    writeFileSync(script, '#!/no/such/interpreter\n');
    chmodSync(script, 0o755);
    const message = `command ${script}: its interpreter /no/such/interpreter (the #! line): no such file (ENOENT)`;
    expect(await player.onlineFailure('app', 1, { command: script })).toBe(message);
    expect(isWrittenDown(player, 'app')).toBe(false);
  });
});

describe('offline', () => {
  test('sends the stop signal and succeeds when the application has ended', async () => {
    const player = await opened();
    const script = 'trap "echo stopped > stopped; exit 0" USR1; echo > ready; while :; do sleep 0.05; done';
    await player.onlineAtLast('app', 1, shell(player, script, { stopSignal: 'SIGUSR1' }));
    await fileAppears(join(player.directory, 'ready'));
    const pid = pidOf(player, 'app');
    await player.offlineAtLast('app', 1);
    expect(isRunning(pid)).toBe(false);
    expect(existsSync(join(player.directory, 'stopped'))).toBe(true);
    expect(player.records.peek()).toEqual([]);
  });

  test('reports progress, and kills everything once stopTimeoutMs is over', async () => {
    const player = await opened();
    const script = 'trap "" TERM; sleep 600 & echo > ready; while :; do sleep 0.05; done';
    await player.onlineAtLast('app', 1, shell(player, script, { stopTimeoutMs: 1_300 }));
    await fileAppears(join(player.directory, 'ready'));
    expect(await player.offline('app', 1)).toMatchObject({ result: { pending: true } });
    expect(await player.statusReport('offlinePending')).toMatchObject({
      text: expect.stringContaining('waiting for pid'),
    });
    await player.statusReport('offline');
    expect(applications(player)).toEqual([]);
  });

  test('gives up waiting when it is cancelled', async () => {
    const player = await opened();
    const script = 'trap "" TERM; echo > ready; while :; do sleep 0.05; done';
    await player.onlineAtLast('app', 1, shell(player, script, { stopTimeoutMs: 600_000 }));
    await fileAppears(join(player.directory, 'ready'));
    expect(await player.offline('app', 1)).toMatchObject({ result: { pending: true } });
    player.send('notify', { method: 'cancel', params: { id: 'app@1/offline', reason: 'too long' } });
    expect(await player.statusReport('failed')).toMatchObject({ text: 'too long' });
  });

  test('is overtaken by terminate, which kills at once', async () => {
    const player = await opened();
    const script = 'trap "" TERM; echo > ready; while :; do sleep 0.05; done';
    await player.onlineAtLast('app', 1, shell(player, script, { stopTimeoutMs: 600_000 }));
    await fileAppears(join(player.directory, 'ready'));
    expect(await player.offline('app', 1)).toMatchObject({ result: { pending: true } });
    expect(await player.terminate('app', 1)).toMatchObject({ ok: true });
    expect(applications(player)).toEqual([]);
    await player.onlineAtLast('app', 2, shell(player, 'exec sleep 600'));
  });
});

describe('the environment of an application', () => {
  test('has no secret of the host, no descriptor of it, and its output is logged', async () => {
    const player = await opened();
    await player.online('app', 1, shell(player, 'echo hello; echo oops >&2; ls -l /proc/self/fd > fds; echo > ready; exec sleep 600'));
    await fileAppears(join(player.directory, 'ready'));
    const environment = environmentOf(pidOf(player, 'app'));
    expect(environment).not.toContain(TOKEN);
    expect(environment.match(/ANDON_\w+/g)).toEqual(['ANDON_APPLICATION']);
    expect(readFileSync(join(player.directory, 'fds'), 'utf8')).not.toContain(player.eventHandle);
    expect(readFileSync(join(player.stateDirectory, 'logs/applications/app.log'), 'utf8')).toBe('hello\noops\n');
  });

  test.skipIf(process.getuid?.() !== 0)('is that of its user (needs root)', async () => {
    const player = await opened();
    await player.online('app', 1, {
      command: 'sh',
      args: ['-c', 'id -un'],
      user: 'nobody',
      cwd: '/',
    });
    await player.records.take();
    expect(readFileSync(join(player.stateDirectory, 'logs/applications/app.log'), 'utf8')).toBe('nobody\n');
  });
});

test('the file about an application is gone with its resource', async () => {
  const player = await opened();
  await player.onlineAtLast('app', 1, shell(player, 'exec sleep 600'));
  await player.offlineAtLast('app', 1);
  expect(existsSync(recordPath(player, 'app'))).toBe(true);
  await player.result('close', { resourceId: 'app' });
  expect(existsSync(recordPath(player, 'app'))).toBe(false);
});

test('the pid is shown while the application runs, and no longer', async () => {
  const player = await opened();
  await player.onlineAtLast('app', 1, shell(player, 'exec sleep 600'));
  await player.terminate('app', 1);
  const shown = player.requests.peek(({ method }) => method === 'setProperties').map(({ params }) => params);
  const statusText = expect.stringMatching(/^pid \d+$/);
  expect(shown).toEqual([
    { resourceId: 'app', statusText },
    { resourceId: 'app', statusText: '' },
  ]);
});

test('a log that cannot be opened keeps no program from running', async () => {
  const player = await opened();
  mkdirSync(join(player.stateDirectory, 'logs'), { recursive: true });
  writeFileSync(join(player.stateDirectory, 'logs/applications'), 'a file where the folder should be');
  await player.onlineAtLast('app', 1, shell(player, 'echo hello; exec sleep 600'));
  expect(isRunning(pidOf(player, 'app'))).toBe(true);
});

test('a log beyond 10 MiB is rotated while the application runs', async () => {
  const player = await opened();
  await player.onlineAtLast('app', 1, shell(player, 'head -c 11000000 /dev/zero; exec sleep 600'));
  const log = join(player.stateDirectory, 'logs/applications/app.log');
  await fileAppears(`${log}.1`);
});
