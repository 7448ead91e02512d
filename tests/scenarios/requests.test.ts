import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { called } from '../support/host-calls.ts';

async function startDaemon(script: Record<string, string> = {}, properties: Record<string, unknown> = {}) {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo', script, { properties });
  return daemon;
}

test('S10: online while Online succeeds without a call to the host', async () => {
  const daemon = await startDaemon();
  await daemon.online('web');
  await daemon.client.request('online', { names: ['web'] });
  expect(await daemon.andon('online', 'web')).toMatchObject({ code: 0 });
  await daemon.do('web', { action: 'counts' });

  expect(daemon.calls('web')).toEqual(['open', 'online', 'resourceControl']);
  expect(daemon.client.kinds('web').filter((kind) => kind === 'online' || kind === 'wantedChanged')).toHaveLength(2);
});

test('S11: online while OnlinePending is refused and changes nothing', async () => {
  const daemon = await startDaemon({ online: 'pending' });
  await daemon.client.request('online', { names: ['web'] });
  await daemon.client.next('onlinePending', 'web');

  await expect(daemon.client.request('online', { names: ['web'] })).rejects.toMatchObject({
    code: 'wrongState',
    exit: 4,
  });
  const { code, stderr } = await daemon.andon('online', 'web');
  expect(code).toBe(4);
  expect(stderr).toContain('OnlinePending');
  await daemon.do('web', { action: 'report', report: { state: 'online' } });
  await daemon.client.next('online', 'web');
  expect(daemon.calls('web')).toEqual(['open', 'online', 'resourceControl']);
});

test('S11: online while OfflinePending is refused, and the offline goes on', async () => {
  const daemon = await startDaemon({ offline: 'pending' });
  await daemon.online('web');
  await daemon.client.request('offline', { names: ['web'] });
  await called(daemon, 'web', 'offline');
  // Queued behind it, so its answer has arrived by then.
  await daemon.do('web', { action: 'counts' });

  await expect(daemon.client.request('online', { names: ['web'] })).rejects.toMatchObject({ exit: 4 });
  await daemon.do('web', { action: 'report', report: { operationId: 'web@1/offline', state: 'offline' } });
  expect(await daemon.status('web')).toMatchObject({ state: 'Offline', wanted: 'Offline' });
});

test.each(['SIGKILL', 'SIGTERM'])(
  'S12: after an online that failed, the wanted state is still Online for the next daemon (%s)',
  async (signal) => {
    const daemon = await startDaemon({ online: 'error' }, { RestartAction: 'DontRestart' });
    await daemon.client.request('online', { names: ['web'] });
    await daemon.client.next('terminated', 'web');
    if (signal === 'SIGKILL') await daemon.crash();
    else expect(await daemon.stop()).toBe(0);
    await daemon.up();

    // What was Failed before a crash stays so; after a stop in order everything that is wanted begins anew.
    if (signal === 'SIGTERM') await called(daemon, 'web', 'online', 2);
    else expect((await daemon.status('web')).state).toBe('Failed');
    expect((await daemon.status('web')).wanted).toBe('Online');
  },
);

test('S12: a resource that was never asked for stays Offline over a restart of the daemon', async () => {
  const daemon = await startDaemon();
  await daemon.stop();
  await daemon.up();
  await daemon.add('mail', 'demo');
  await daemon.online('mail');
  expect(await daemon.status('web')).toMatchObject({ state: 'Offline', wanted: 'Offline' });
  expect(daemon.calls('web')).toEqual([]);
});

test('decision 35: offline while OnlinePending terminates, and the end is Offline', async () => {
  const daemon = await startDaemon({ online: 'pending' });
  await daemon.client.request('online', { names: ['web'] });
  await daemon.client.next('onlinePending', 'web');
  await daemon.client.request('offline', { names: ['web'] });
  await daemon.client.next('offline', 'web');

  expect(daemon.calls('web')).toEqual(['open', 'online', 'terminate']);
  expect(daemon.client.kinds('web')).not.toContain('failed');
});

test('decision 35: offline while Failed is Offline without a call, and no restart follows', async () => {
  const daemon = await startDaemon({ online: 'error' }, { RestartDelay: 60_000 });
  await daemon.client.request('online', { names: ['web'] });
  await daemon.client.next('restartScheduled', 'web');
  const waiting = await daemon.status('web');
  expect(waiting).toMatchObject({ state: 'Failed', phase: 'restartDelay' });
  expect(Date.parse(waiting.nextAttemptAt ?? '') - Date.now()).toBeGreaterThan(30_000);

  await daemon.client.request('offline', { names: ['web'] });
  await daemon.client.next('offline', 'web');
  expect(await daemon.status('web')).toMatchObject({ state: 'Offline', nextAttemptAt: null });
  expect(daemon.calls('web')).toEqual(['open', 'online', 'terminate']);
});

test('decision 35: offline while OfflinePending joins the one that is under way', async () => {
  const daemon = await startDaemon({ offline: 'pending' });
  await daemon.online('web');
  await daemon.client.request('offline', { names: ['web'] });
  await called(daemon, 'web', 'offline');
  // Queued behind it, so its answer has arrived by then.
  await daemon.do('web', { action: 'counts' });
  await daemon.client.request('offline', { names: ['web'] });
  await daemon.do('web', { action: 'report', report: { operationId: 'web@1/offline', state: 'offline' } });
  await daemon.client.next('offline', 'web');

  expect(daemon.calls('web').filter((method) => method === 'offline')).toHaveLength(1);
});

test('decision 35: while it is being terminated it is Failed, and an online waits for the end of that', async () => {
  const daemon = await startDaemon({ terminate: 'delay:400' }, { RestartAction: 'DontRestart' });
  await daemon.online('web');
  await daemon.do('web', { action: 'write', text: 'web@1 gone\n' });
  await daemon.client.next('failed', 'web');
  expect(await daemon.status('web')).toMatchObject({ state: 'Failed', phase: 'terminating' });
  await daemon.online('web');

  const terminated = await daemon.client.next('terminated', 'web');
  const [, online] = await called(daemon, 'web', 'online', 2);
  expect(online?.us).toBeGreaterThan(terminated.monotonicUs);
  expect(daemon.calls('web')).toEqual(['open', 'online', 'resourceControl', 'terminate', 'online']);
});

test('decision 35: the exit code is that of the resource, of several the highest', async () => {
  const daemon = await startDaemon({ online: 'error' }, { RestartAction: 'DontRestart' });
  await daemon.add('good', 'demo');
  await daemon.client.request('typeRegister', {
    type: { name: 'absent', command: ['/nowhere/host'] },
  });
  await daemon.add('hostless', 'absent');
  const exit = async (...names: string[]): Promise<number> => (await daemon.andon('online', ...names)).code;

  expect(await exit('good')).toBe(0);
  expect(await exit('good', 'web')).toBe(1);
  expect(await exit('nobody')).toBe(4);
  expect(await exit('web', 'hostless', 'good')).toBe(5);
});

test('decision 35: online and offline of a group concern all of it, and its state is derived', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('db', 'demo', {}, { group: 'shop' });
  await daemon.add('web', 'demo', { online: 'pending' }, { group: 'shop', dependsOn: '[db]' });
  const state = async (): Promise<string> => {
    const { groups } = await daemon.client.request('groupList', {});
    return groups.map((group) => `${group.name} ${group.state}`).join();
  };
  expect(await state()).toBe('shop Offline');
  const online = daemon.andon('group', 'online', 'shop');
  await daemon.client.next('onlinePending', 'web');
  expect(await state()).toBe('shop Pending');
  await daemon.do('web', { action: 'report', report: { state: 'online' } });
  expect(await online).toMatchObject({ code: 0 });
  expect(await state()).toBe('shop Online');

  await daemon.andon('offline', 'web');
  expect(await state()).toBe('shop PartialOnline');
  await daemon.client.request('resourceSet', { name: 'db', properties: { RestartAction: 'DontRestart' } });
  await daemon.andon('fail', 'db');
  await daemon.client.next('terminated', 'db');
  expect(await state()).toBe('shop Failed');
  expect(await daemon.andon('group', 'offline', 'shop')).toMatchObject({ code: 0 });
  expect(await state()).toBe('shop Offline');
});
