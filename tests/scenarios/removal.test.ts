import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isRunning } from '../integration/resource-host/applications.ts';
import { TestDaemon } from '../support/daemon.ts';
import { happened } from '../support/history.ts';
import { called, callsOf, whenCalled } from '../support/host-calls.ts';

/** A daemon that dies while it removes a resource that is Online: its host has the offline, and has not answered it. */
async function diedRemoving(): Promise<{ daemon: TestDaemon; host: number }> {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', {}, '--remembers');
  await daemon.add('web', 'demo', { offline: 'hold:ok' });
  await daemon.online('web');
  const host = (await daemon.status('web')).monitorProcessId ?? 0;
  daemon.client.request('resourceRemove', { name: 'web', force: true }).catch(() => undefined);
  await whenCalled(daemon, 'offline', 'web');
  await daemon.crash();
  return { daemon, host };
}

test('S44: a removal that was cut off is finished by the next daemon, which ends the host that nothing uses any more', async () => {
  const { daemon, host } = await diedRemoving();
  await daemon.up();
  const [asked, askedAgain] = await called(daemon, 'web', 'offline', 2);
  expect(askedAgain?.id).toBe(asked?.id);
  process.kill(host, 'SIGUSR2');
  await happened(daemon, ({ kind, resource }) => kind === 'resourceRemoved' && resource === 'web');
  // Hosts end with their daemon, but this one has ended before.
  await expect.poll(() => isRunning(host), { timeout: 10_000 }).toBe(false);
  const calls = daemon.calls('web').filter((method) => method !== 'isAlive');
  expect(calls).toEqual(['open', 'online', 'offline', 'offline', 'close']);
});

test('S44: no second host starts beside one that still has what is being removed', async () => {
  const { daemon, host } = await diedRemoving();
  await daemon.up();
  await expect(daemon.add('web', 'demo')).rejects.toMatchObject({ code: 'wrongState' });
  process.kill(host, 'SIGUSR2');
  await happened(daemon, ({ kind, resource }) => kind === 'resourceRemoved' && resource === 'web');
  await daemon.add('web', 'demo');
  await daemon.online('web');
  const onlines = callsOf(daemon.journal(), 'online');
  expect(onlines.map(({ incarnation }) => incarnation)).toEqual([1, 2]);
  expect((await daemon.status('web')).monitorProcessId).toBe(onlines[1]?.pid);
});

test('D-26: what the store knows nothing of is ended and closed before a new resource of that name is opened in the same host', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo');
  await daemon.online('web');
  await daemon.crash();
  const store = new DatabaseSync(join(daemon.folder, 'state', 'andon.db'));
  store.exec('DELETE FROM instances; DELETE FROM resources');
  store.close();
  await daemon.up();
  await daemon.add('web', 'demo');
  await daemon.online('web');
  expect(daemon.calls('web')).toEqual(['open', 'online', 'terminate', 'close', 'open', 'online']);
  expect(await daemon.status('web')).toMatchObject({ state: 'Online', incarnation: 2 });
  expect(callsOf(daemon.journal(), 'startup')).toHaveLength(1);
});
