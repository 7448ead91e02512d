import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applications, isRunning } from '../resource-host/applications.ts';
import type { DaemonPlayer } from '../resource-host/daemon-player.ts';
import { connectedHost } from '../resource-host/host-test.ts';
import { isAlive, opened } from './host-of.ts';

function shell(player: DaemonPlayer, script: string): { command: string; args: string[]; cwd: string } {
  return { command: 'sh', args: ['-c', script], cwd: player.directory };
}

/** A host with these resources, opened. */
async function watching(...names: readonly string[]): Promise<DaemonPlayer> {
  const [first = 'it', ...others] = names;
  const player = await opened('watch', { command: 'true' }, first);
  for (const name of others) await player.open(name, 'watch', { command: 'true' });
  return player;
}

describe('what the command prints', () => {
  test('is the failure of its resource', async () => {
    const player = await watching('disk');
    await player.onlineAtLast('disk', 1, shell(player, 'echo "sector 17 is bad"; exec sleep 600'));
    expect(await player.records.take()).toMatchObject({ resource: 'disk', incarnation: 1, reason: 'sector 17 is bad' });
    expect(await player.terminate('disk', 1)).toMatchObject({ ok: true });
    expect(applications(player)).toEqual([]);
  });

  test('may name one of several that share the command, with or without its incarnation', async () => {
    const player = await watching('a', 'b', 'c');
    const script = shell(player, 'while read -r line; do echo "$line"; done < lines; exec sleep 600');
    const { mkfifo, say } = lines(player);
    mkfifo();
    for (const [name, incarnation] of [
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ] as const)
      await player.onlineAtLast(name, incarnation, script);
    // Two of `sh` would have been two watchers.
    expect(applications(player)).toHaveLength(1);
    say('b@1 of the incarnation before\nb@2 it is this one\na and this one\n');
    expect(await player.records.take()).toMatchObject({ resource: 'b', incarnation: 2, reason: 'it is this one' });
    expect(await player.records.take()).toMatchObject({ resource: 'a', incarnation: 1, reason: 'and this one' });
    await player.terminate('b', 2);
    await player.terminate('a', 1);
    expect(await isAlive(player, 'c', 3)).toEqual({ alive: true });
    await player.offlineAtLast('c', 3);
    expect(applications(player)).toEqual([]);
  });

  test('fails all that share it when it names none', async () => {
    const player = await watching('a', 'b');
    const { mkfifo, say } = lines(player);
    mkfifo();
    const script = shell(player, 'cat lines; exec sleep 600');
    await player.onlineAtLast('a', 1, script);
    await player.onlineAtLast('b', 1, script);
    say('everything burns\n');
    const both = [await player.records.take(), await player.records.take()];
    expect(both.map(({ resource, reason }) => `${resource}: ${reason}`).sort()).toEqual(['a: everything burns', 'b: everything burns']);
  });
});

describe('the end of the command', () => {
  test.each([
    ['exit 3', 'sh exited with code 3'],
    ['kill -KILL $$', 'sh was killed by SIGKILL'],
    ['echo last words; exit 3', 'last words'],
    ['sleep 600 & exit 3', 'sh exited with code 3'],
  ])('is a failure: %s', async (script, reason) => {
    const player = await watching('it');
    await player.onlineAtLast('it', 1, shell(player, script));
    expect((await player.records.take()).reason).toBe(reason);
    expect(await player.terminate('it', 1)).toMatchObject({ ok: true });
    expect(applications(player)).toEqual([]);
    await player.onlineAtLast('it', 2, shell(player, 'exec sleep 600'));
    expect(await isAlive(player, 'it', 2)).toEqual({ alive: true });
  });

  test('of a host leaves a command that the next one ends, and starts anew', async () => {
    const { player, host } = await connectedHost('--builtin');
    await player.result('startup', { types: ['watch'] });
    const script = shell(player, 'exec sleep 600');
    await player.open('it', 'watch', script);
    await player.onlineAtLast('it', 1, script);
    const [first = 0] = applications(player);
    host.process.kill('SIGKILL');
    await host.exited;
    expect(isRunning(first)).toBe(true);
    player.startHost('--builtin');
    await player.hellos.take();
    await player.result('startup', { types: ['watch'] });
    await player.open('it', 'watch', script, true);
    expect(isRunning(first)).toBe(false);
    await player.onlineAtLast('it', 2, script);
    expect(applications(player)).toHaveLength(1);
  });
});

test('a command that cannot be started is an error of online, with the exact reason', async () => {
  const player = await watching('it');
  expect(await player.onlineFailure('it', 1, { command: '/no/such/program' })).toBe('command /no/such/program: no such file (ENOENT)');
  expect(await player.terminate('it', 1)).toMatchObject({ ok: true });
});

/** A named pipe in the folder of the commands. */
function lines(player: DaemonPlayer): { mkfifo(): void; say(text: string): void } {
  const path = join(player.directory, 'lines');
  return { mkfifo: () => void execFileSync('mkfifo', [path]), say: (text) => writeFileSync(path, text) };
}
