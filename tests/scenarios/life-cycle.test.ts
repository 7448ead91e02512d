import { expect, test } from 'vitest';
import { isRunning } from '../integration/resource-host/applications.ts';
import { TestDaemon } from '../support/daemon.ts';
import { called, entriesWhen } from '../support/host-calls.ts';

/** Calls of all hosts in the order of their arrival, as `open web`; pings left out. */
function callsOfHosts(daemon: TestDaemon): string[] {
  return daemon
    .journal()
    .filter(({ event, method }) => event === 'call' && method !== 'ping')
    .map(({ method, resource, types }) => `${method} ${resource || String(types)}`);
}

async function startDaemon(script: Record<string, string> = {}, properties: Record<string, unknown> = {}) {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo', script, { properties });
  return daemon;
}

test('S1: startup comes exactly once, before the first open of the type, and not for a second resource', async () => {
  const daemon = await startDaemon();
  await daemon.add('mail', 'demo');
  await daemon.online('web', 'mail');
  await daemon.add('late', 'demo');
  await daemon.online('late');

  const calls = callsOfHosts(daemon);
  expect(calls.filter((call) => call.startsWith('startup'))).toEqual(['startup demo']);
  expect(calls[0]).toBe('startup demo');
  expect(calls.filter((call) => call.startsWith('open'))).toHaveLength(3);
});

test('S1: startup comes once for each type of a shared host, each before the first open of that type', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('red', { shareHost: true });
  await daemon.scripted('blue', { shareHost: true });
  await daemon.add('red-1', 'red');
  await daemon.add('blue-1', 'blue');
  await daemon.online('red-1');
  await daemon.online('blue-1');

  expect(new Set(daemon.journal().map(({ pid }) => pid)).size).toBe(1);
  expect(callsOfHosts(daemon)).toEqual(['startup red', 'open red-1', 'online red-1', 'startup blue', 'open blue-1', 'online blue-1']);
});

test('S2: startup comes again after all resources of the type were removed, on a host that goes on for another type', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('red', { shareHost: true });
  await daemon.scripted('blue', { shareHost: true });
  await daemon.add('red-1', 'red');
  await daemon.add('blue-1', 'blue');
  await daemon.online('red-1', 'blue-1');
  await daemon.client.request('resourceRemove', { name: 'red-1', force: true });
  await daemon.add('red-2', 'red');
  await daemon.online('red-2');

  expect(new Set(daemon.journal().map(({ pid }) => pid)).size).toBe(1);
  const calls = callsOfHosts(daemon);
  expect(calls.slice(calls.indexOf('close red-1'))).toEqual(['close red-1', 'startup red', 'open red-2', 'online red-2']);
});

test('S2: startup comes again in a new host after the last resource of the host was removed', async () => {
  const daemon = await startDaemon();
  await daemon.online('web');
  await daemon.client.request('resourceRemove', { name: 'web', force: true });
  await entriesWhen(daemon, ({ event }) => event === 'goodbye');
  await daemon.add('mail', 'demo');
  await daemon.online('mail');

  expect(new Set(daemon.journal().map(({ pid }) => pid)).size).toBe(2);
  expect(callsOfHosts(daemon).filter((call) => call.startsWith('startup'))).toHaveLength(2);
});

test('the daemon closes the connection after its goodbye, for hosts that end with it', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', {}, '--waits-for-close');
  await daemon.add('web', 'demo');
  await daemon.online('web');
  const host = (await daemon.status('web')).monitorProcessId ?? 0;
  await daemon.client.request('resourceRemove', { name: 'web', force: true });
  await expect.poll(() => isRunning(host), { timeout: 10_000 }).toBe(false);
  expect(daemon.client.events.map(({ kind }) => kind)).not.toContain('hostKilled');
});

test('S3: a host without a common version is refused, and nothing is opened', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', {}, '--protocols', 'andon/9');
  await daemon.add('web', 'demo');

  const { code, stderr } = await daemon.andon('online', 'web');
  expect(code).toBe(5);
  expect(stderr).toContain('andon/9');
  const [goodbye] = await entriesWhen(daemon, ({ event }) => event === 'goodbye');
  expect(goodbye).toMatchObject({ code: 'noCommonProtocol' });
  expect(await daemon.status('web')).toMatchObject({ state: 'Failed', wanted: 'Online' });
  expect(callsOfHosts(daemon)).toEqual([]);
});

test('S3: a type that the host does not name is refused, and nothing is opened', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', {}, '--startup-types', 'other');
  await daemon.add('web', 'demo');

  const { code, stderr } = await daemon.andon('online', 'web');
  expect(code).toBe(5);
  expect(stderr).toContain('the host serves other, not "demo"');
  expect(await daemon.status('web')).toMatchObject({ state: 'Failed', wanted: 'Online' });
  expect(callsOfHosts(daemon)).not.toContain('open web');
});

test('S4: open that fails is shown and followed by no online', async () => {
  const daemon = await startDaemon({ open: 'error:noDisk' }, { RestartThreshold: 1 });
  const { code, stderr } = await daemon.andon('online', 'web');

  expect(code).toBe(1);
  expect(stderr).toContain('open failed: scripted open error');
  expect(daemon.calls('web')).toEqual(['open', 'open']);
  expect((await daemon.status('web')).lastFailure).toMatchObject({ source: 'openError' });
});

test('S5: online that succeeds at once is Online without passing OnlinePending', async () => {
  const daemon = await startDaemon();
  await daemon.online('web');

  const kinds = daemon.client.kinds('web').filter((kind) => kind !== 'callSlow');
  expect(kinds).toEqual(['resourceAdded', 'wantedChanged', 'initializing', 'online']);
  expect(await daemon.status('web')).toMatchObject({ state: 'Online', contract: 'event', incarnation: 1 });
});

test('S6: when online pends, the monitor itself sets OnlinePending before any report', async () => {
  const daemon = await startDaemon({ online: 'pending' });
  await daemon.client.request('online', { names: ['web'] });
  const pending = await daemon.client.next('onlinePending', 'web');
  expect((await daemon.status('web')).state).toBe('OnlinePending');
  await daemon.do('web', { action: 'report', report: { state: 'onlinePending' } });
  await daemon.do('web', { action: 'report', report: { state: 'online', checkpoint: 2 } });
  const [reported, online] = await Promise.all([daemon.client.next('statusReported', 'web'), daemon.client.next('online', 'web')]);

  expect(pending.seq).toBeLessThan(reported.seq);
  expect(reported.seq).toBeLessThan(online.seq);
});

// D-16
test('S7: online that fails is logged, and terminate comes exactly once', async () => {
  const daemon = await startDaemon({ online: 'error:noDisk' }, { RestartAction: 'DontRestart' });
  await daemon.client.request('online', { names: ['web'] });
  await daemon.client.next('terminated', 'web');
  const failed = await daemon.client.next('callFailed', 'web');
  expect(failed).toMatchObject({ call: 'online', code: 'noDisk', message: 'scripted online error' });
  expect(await daemon.status('web')).toMatchObject({ state: 'Failed', phase: 'failed' });

  // A whole further life of it comes behind anything that was still to be called.
  await daemon.do('web', { action: 'script', script: { online: 'ok' } });
  await daemon.online('web');
  expect(daemon.calls('web')).toEqual(['open', 'online', 'terminate', 'resourceControl', 'online']);
});

test('S8: offline that fails is logged and followed by terminate', async () => {
  const daemon = await startDaemon({ offline: 'error:busy' });
  await daemon.online('web');
  await daemon.client.request('offline', { names: ['web'] });
  await daemon.client.next('offline', 'web');

  const failed = await daemon.client.next('callFailed', 'web');
  expect(failed).toMatchObject({ call: 'offline', code: 'busy', message: 'scripted offline error' });
  expect(daemon.calls('web')).toEqual(['open', 'online', 'offline', 'terminate']);
  expect(await daemon.status('web')).toMatchObject({ state: 'Offline', wanted: 'Offline' });
});

test('S9: when offline pends and then reports Offline, there is no terminate', async () => {
  const daemon = await startDaemon({ offline: 'pending' });
  await daemon.online('web');
  await daemon.client.request('offline', { names: ['web'] });
  await daemon.client.next('offlinePending', 'web');
  await called(daemon, 'web', 'offline');
  const report = { operationId: 'web@1/offline', state: 'offline' };
  expect(await daemon.do('web', { action: 'report', report })).toMatchObject({
    ok: true,
    result: { answer: 'continue' },
  });
  expect((await daemon.status('web')).state).toBe('Offline');

  await daemon.online('web');
  expect(daemon.calls('web')).toEqual(['open', 'online', 'offline', 'resourceControl', 'online']);
});
