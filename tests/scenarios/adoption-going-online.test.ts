import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { happened } from '../support/history.ts';
import { callsOf, whenCalled } from '../support/host-calls.ts';
import { pipeOf, writeTo } from '../support/records.ts';

test('S56: a record that the daemon before heard while its resource was going online is made up for by one isAlive', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo', { online: 'hold:ok', isAlive: 'false' });
  await daemon.client.request('online', { names: ['web'] });
  const [called] = callsOf(await whenCalled(daemon, 'online', 'web'), 'online', 'web');
  writeTo(pipeOf(daemon, 'demo'), 'web@1 too early\n');
  await daemon.client.next('failureLatched', 'web');
  const host = called?.pid ?? 0;
  // The host gets there while no daemon runs.
  await daemon.crash();
  process.kill(host, 'SIGUSR2');
  await daemon.up();
  await whenCalled(daemon, 'online', 'web', 2);
  process.kill(host, 'SIGUSR2');
  const terminated = await happened(daemon, (event) => event.kind === 'terminated' && event.resource === 'web');

  expect(terminated.incarnation).toBe(1);
  expect(daemon.calls('web').slice(0, 5)).toEqual(['open', 'online', 'online', 'isAlive', 'terminate']);
});

/** As after a disk that took the number of an online, and refused what came of it until the daemon died. */
function forgetOutcomes(daemon: TestDaemon): void {
  const store = new DatabaseSync(join(daemon.folder, 'state', 'andon.db'));
  store.exec("UPDATE instances SET phase = 'onlineCalled'");
  store.close();
}

test('S14: what came up on a provider stays up while the next daemon finds out that the provider is Online', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', {}, '--remembers');
  await daemon.scripted('other', {}, '--remembers');
  await daemon.add('db', 'demo');
  await daemon.add('web', 'other', {}, { dependsOn: '[db]' });
  await daemon.online('db');
  await daemon.online('web');
  await daemon.crash();
  forgetOutcomes(daemon);
  await daemon.up();
  await Promise.all(['db', 'web'].map((name) => happened(daemon, ({ kind, resource }) => kind === 'recordDismissed' && resource === name)));
  expect(daemon.calls('web')).toEqual(['open', 'online', 'isAlive']);
  expect(await daemon.status('web')).toMatchObject({ state: 'Online', incarnation: 1 });
});
