import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applications } from './applications.ts';
import type { DaemonPlayer } from './daemon-player.ts';
import { connectedHost } from './host-test.ts';
import { scriptIn, type Words } from './scripts.ts';

const SLEEPS = 'echo online >> words; sleep 601 & echo $! > pid';
const NOTES: Words = { offline: 'echo offline >> words; kill $(cat pid)', terminate: 'echo terminate >> words' };

/** A host that brought web-1 online and was killed, and the next one. */
async function afterHostDeath(words: Words, top = ''): Promise<{ readonly player: DaemonPlayer; readonly properties: object }> {
  const { player, host } = await connectedHost('--builtin');
  const properties = { script: scriptIn(player.directory, { ...NOTES, ...words }, top), cwd: player.directory };
  await player.result('startup', { types: ['exec'] });
  await player.open('web-1', 'exec', properties);
  await player.onlineAtLast('web-1', 1, properties);
  host.process.kill('SIGKILL');
  await host.exited;
  expect(applications(player)).toHaveLength(1);
  player.startHost('--builtin');
  await player.hellos.take();
  await player.result('startup', { types: ['exec'] });
  return { player, properties };
}

function wordsOf(player: DaemonPlayer): string[] {
  return readFileSync(join(player.directory, 'words'), 'utf8').trimEnd().split('\n');
}

test('what is alive after the death of its host is found, and goes on without another online', async () => {
  const { player, properties } = await afterHostDeath({ online: SLEEPS, isalive: 'kill -0 $(cat pid)' });
  const [pid] = applications(player);
  expect(await player.open('web-1', 'exec', properties, true)).toEqual({ found: 'running' });
  await player.onlineAtLast('web-1', 2, properties);
  expect(applications(player)).toEqual([pid]);
  expect(wordsOf(player)).toEqual(['online']);
  expect(await player.terminate('web-1', 2)).toMatchObject({ ok: true });
  expect(applications(player)).toEqual([]);
});

test('what writes failure records of an incarnation that is over is brought online anew', async () => {
  const { player, properties } = await afterHostDeath({ online: SLEEPS, isalive: 'kill -0 $(cat pid)' }, '# andon: event-handle');
  expect(await player.open('web-1', 'exec', properties, true)).toEqual({ found: 'running' });
  await player.onlineAtLast('web-1', 2, properties);
  expect(wordsOf(player)).toEqual(['online', 'offline', 'terminate', 'online']);
  expect(applications(player)).toHaveLength(1);
});

test('what is not alive is cleaned up before the next online', async () => {
  const { player, properties } = await afterHostDeath({ online: SLEEPS, isalive: 'exit 7' });
  const [pid] = applications(player);
  expect(await player.open('web-1', 'exec', properties, true)).toEqual({ found: 'nothing' });
  await player.onlineAtLast('web-1', 2, properties);
  expect(wordsOf(player)).toEqual(['online', 'terminate', 'online']);
  expect(applications(player)).not.toContain(pid);
});

test('without recover nothing is asked', async () => {
  const { player, properties } = await afterHostDeath({ online: SLEEPS, isalive: 'echo isalive >> words' });
  expect(await player.open('web-1', 'exec', properties)).toEqual({ found: 'nothing' });
  expect(wordsOf(player)).toEqual(['online']);
});
