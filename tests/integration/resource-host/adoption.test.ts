import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { DaemonPlayer, HostRun } from './daemon-player.ts';
import { applications, isRunning, isWrittenDown, makeIntentOnly, pidOf, recordPath } from './applications.ts';
import { connectedHost } from './host-test.ts';

const TYPE = 'generic-application';

function sleeper(player: DaemonPlayer, seconds = '600'): object {
  return { command: 'sleep', args: [seconds], cwd: player.directory, stopTimeoutMs: 5_000 };
}

async function builtinHost(): Promise<{ player: DaemonPlayer; host: HostRun }> {
  const { player, host } = await connectedHost('--builtin');
  return { player, host };
}

async function replaceHost(player: DaemonPlayer, host: HostRun, env: Record<string, string> = {}): Promise<HostRun> {
  host.process.kill('SIGKILL');
  await host.exited;
  const next = player.startHost('--builtin', env);
  await player.hellos.take();
  return next;
}

describe('applications outlive their host', () => {
  test('20 of them: the next host adopts the same processes, and learns of the end of exactly one', async () => {
    const { player, host } = await builtinHost();
    const names = Array.from({ length: 20 }, (_, index) => `app-${index}`);
    for (const name of names) {
      await player.open(name, TYPE, sleeper(player));
      await player.onlineAtLast(name, 1, sleeper(player));
    }
    const before = names.map((name) => pidOf(player, name));
    await replaceHost(player, host);
    for (const name of names) {
      expect(await player.open(name, TYPE, sleeper(player), true)).toEqual({ found: 'running' });
      expect(await player.onlineAtLast(name, 2, sleeper(player))).toMatchObject({
        eventHandle: player.eventHandle,
      });
    }
    expect(names.map((name) => pidOf(player, name))).toEqual(before);
    expect(new Set(applications(player))).toEqual(new Set(before));
    process.kill(pidOf(player, 'app-7'), 'SIGKILL');
    expect(await player.records.take()).toMatchObject({
      resource: 'app-7',
      incarnation: 2,
      reason: expect.stringContaining('exited'),
    });
    expect(await player.terminate('app-7', 2)).toMatchObject({ ok: true });
    await player.onlineAtLast('app-7', 3, sleeper(player));
    expect(applications(player)).toHaveLength(20);
    expect(player.records.peek()).toEqual([]);
    expect(player.hostLog()).toBe('');
    for (const name of names) expect(await player.terminate(name, 3)).toMatchObject({ ok: true });
    expect(applications(player)).toEqual([]);
  });

  test('also when only the intent to start was written', async () => {
    const { player, host } = await builtinHost();
    await player.open('app', TYPE, sleeper(player));
    await player.onlineAtLast('app', 1, sleeper(player));
    const pid = pidOf(player, 'app');
    makeIntentOnly(player, 'app');
    const next = await replaceHost(player, host);
    expect(await player.open('app', TYPE, sleeper(player), false)).toEqual({ found: 'running' });
    await player.onlineAtLast('app', 2, sleeper(player));
    expect(pidOf(player, 'app')).toBe(pid);
    expect(applications(player)).toEqual([pid]);
    await player.offlineAtLast('app', 2);
    expect(isRunning(pid)).toBe(false);
    // Its watching thread must not hold it back.
    player.send('goodbye', { code: 'shutdown', message: 'the end', supported: [] });
    expect(await next.exited).toBe(0);
  });

  test('also where Node has no ffi: then one timer looks at all of them', async () => {
    const { player, host } = await builtinHost();
    await player.open('app', TYPE, sleeper(player));
    await player.onlineAtLast('app', 1, sleeper(player));
    await replaceHost(player, host, { NODE_OPTIONS: '--no-experimental-ffi' });
    await player.open('app', TYPE, sleeper(player), true);
    await player.onlineAtLast('app', 2, sleeper(player));
    process.kill(pidOf(player, 'app'), 'SIGKILL');
    expect(await player.records.take()).toMatchObject({ resource: 'app', incarnation: 2 });
    expect(player.hostLog()).toContain('no pidfd watch here');
  });

  test('but not when the record of it is damaged: nothing is started beside it', async () => {
    const { player, host } = await builtinHost();
    await player.open('app', TYPE, sleeper(player));
    await player.onlineAtLast('app', 1, sleeper(player));
    writeFileSync(recordPath(player, 'app'), '{');
    await replaceHost(player, host);
    const open = { resourceId: 'app', type: TYPE, properties: sleeper(player), recover: true };
    expect(await player.call('open', open)).toMatchObject({
      error: { message: expect.stringContaining('is damaged') },
    });
  });

  test('but one that is to run otherwise is stopped and started anew', async () => {
    const { player, host } = await builtinHost();
    await player.open('app', TYPE, sleeper(player));
    await player.onlineAtLast('app', 1, sleeper(player));
    const pid = pidOf(player, 'app');
    await replaceHost(player, host);
    await player.open('app', TYPE, sleeper(player), true);
    await player.onlineAtLast('app', 2, sleeper(player, '601'));
    expect(isRunning(pid)).toBe(false);
    expect(applications(player)).toEqual([pidOf(player, 'app')]);
  });

  test('and one that ended meanwhile is not found, and started again', async () => {
    const { player, host } = await builtinHost();
    await player.open('app', TYPE, sleeper(player));
    await player.onlineAtLast('app', 1, sleeper(player));
    const pid = pidOf(player, 'app');
    host.process.kill('SIGKILL');
    await host.exited;
    process.kill(pid, 'SIGKILL');
    player.startHost('--builtin');
    await player.hellos.take();
    expect(await player.open('app', TYPE, sleeper(player), true)).toEqual({ found: 'nothing' });
    await player.onlineAtLast('app', 2, sleeper(player));
    expect(applications(player)).toEqual([pidOf(player, 'app')]);
  });

  test('and a recovered one that is not wanted any more is terminated', async () => {
    const { player, host } = await builtinHost();
    await player.open('app', TYPE, sleeper(player));
    await player.onlineAtLast('app', 1, sleeper(player));
    await replaceHost(player, host);
    await player.open('app', TYPE, sleeper(player), true);
    expect(await player.terminate('app', 1)).toMatchObject({ ok: true });
    expect(applications(player)).toEqual([]);
    expect(isWrittenDown(player, 'app')).toBe(false);
  });
});
