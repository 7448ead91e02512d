import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { happened } from '../support/history.ts';

/** Every run of it is a line in `runs`; while the file `stuck` is there, the word STUCK does not return. */
const SCRIPT = `#!/bin/sh
echo "$1" >> "$FOLDER/runs"
[ "$1" = "$STUCK" ] && [ -e "$FOLDER/stuck" ] && exec sleep 1000
exit 0
`;

/** `stuck`: the word that will not return. */
async function scriptedDaemon(stuck: 'isalive' | 'online'): Promise<TestDaemon> {
  const daemon = await TestDaemon.start();
  const script = join(daemon.folder, 'service.sh');
  writeFileSync(script, SCRIPT);
  chmodSync(script, 0o755);
  const set = { script, env: { FOLDER: daemon.folder, STUCK: stuck }, timeoutMs: 300, looksAliveMs: 60_000, isAliveMs: 100 };
  await daemon.client.request('resourceAdd', { resource: { name: 'web', type: 'exec', set, properties: { RestartDelay: 10 } } });
  return daemon;
}

const runsOf = (daemon: TestDaemon): string => readFileSync(join(daemon.folder, 'runs'), 'utf8');

// D-39
test('S45: after one entry point that did not return, nothing of a script is run until an administrator clears it', async () => {
  const daemon = await scriptedDaemon('isalive');
  await daemon.online('web');
  const { client } = daemon;
  writeFileSync(join(daemon.folder, 'stuck'), '');
  const refused = await client.event(({ kind, source }) => kind === 'failed' && source === 'hangMode');
  await client.event(({ kind, seq }) => kind === 'terminated' && seq > refused.seq);
  const runs = runsOf(daemon);

  // It would have tried again within 10 ms.
  const asked = await daemon.andon('online', 'web');
  expect(asked).toMatchObject({ code: 1, stderr: expect.stringContaining('andon online web --clear-hang') });
  expect(await daemon.status('web')).toMatchObject({ state: 'Failed', nextAttemptAt: null, lastFailure: { source: 'hangMode' } });
  expect(client.events.some(({ kind, seq }) => kind === 'restartScheduled' && seq > refused.seq)).toBe(false);
  expect((await daemon.andon('status')).stdout).toContain('andon online web --clear-hang');
  await daemon.andon('offline', 'web');
  expect(runsOf(daemon)).toBe(runs);

  rmSync(join(daemon.folder, 'stuck'));
  expect(await daemon.andon('online', 'web', '--clear-hang')).toMatchObject({ code: 0 });
  expect(runsOf(daemon)).toBe(`${runs}online\n`);
});

test('S45: hang mode outlives the host and the daemon', async () => {
  const daemon = await scriptedDaemon('isalive');
  await daemon.online('web');
  writeFileSync(join(daemon.folder, 'stuck'), '');
  await daemon.client.event(({ kind, source }) => kind === 'failed' && source === 'hangMode');
  await daemon.andon('offline', 'web');
  await daemon.stop();
  rmSync(join(daemon.folder, 'stuck'));
  const runs = runsOf(daemon);
  await daemon.up();
  expect((await daemon.andon('online', 'web')).code).toBe(1);
  expect(runsOf(daemon)).toBe(runs);
  expect(await daemon.andon('online', 'web', '--clear-hang')).toMatchObject({ code: 0 });
});

test('S45: hang mode that an online finds out is told by it, at once, and no daemon tries again', async () => {
  const daemon = await scriptedDaemon('online');
  const { client } = daemon;
  writeFileSync(join(daemon.folder, 'stuck'), '');
  await client.request('online', { names: ['web'] });
  await client.next('terminated', 'web');
  expect(await daemon.status('web')).toMatchObject({ state: 'Failed', incarnation: 1, restarts: 0, nextAttemptAt: null });

  await daemon.crash();
  await daemon.up();
  await happened(daemon, ({ kind }) => kind === 'hostAdopted');
  expect(await daemon.status('web')).toMatchObject({ state: 'Failed', lastFailure: { source: 'hangMode' }, nextAttemptAt: null });
  expect(runsOf(daemon)).toBe('online\n');
});
