import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { callsOf, whenCalled } from '../support/host-calls.ts';
import { onlineAs, pipeOf, writeTo } from '../support/records.ts';

// D-17
test('S26: with an event handle looksAlive is never called, however small its interval', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', { LooksAlivePollInterval: 10 });
  await daemon.add('web', 'demo', {}, { properties: { LooksAlivePollInterval: 10 } });
  await daemon.add('polled', 'demo', { online: 'poll' });
  await daemon.online('web', 'polled');
  const entries = await whenCalled(daemon, 'looksAlive', 'polled', 20);

  expect(callsOf(entries, 'looksAlive', 'web')).toEqual([]);
  expect(callsOf(entries, 'isAlive', 'web')).toEqual([]);
  expect((await daemon.status('web')).polls?.looksAlive).toEqual({ ms: null, source: 'eventHandle' });
});

// D-19
test('S27: with an event handle isAlive is polled only where the resource sets an interval', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('quiet', 'demo');
  await daemon.add('asked', 'demo', {}, { properties: { IsAlivePollInterval: 20 } });
  await daemon.online('quiet', 'asked');
  const entries = await whenCalled(daemon, 'isAlive', 'asked', 10);

  expect(callsOf(entries, 'isAlive', 'quiet')).toEqual([]);
  expect(callsOf(entries, 'looksAlive')).toEqual([]);
  expect((await daemon.status('asked')).polls?.isAlive).toEqual({ ms: 20, source: 'resource' });
});

// D-19
test('S27: an interval of the type is explicit too, and isAlive false then fails the resource', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', { IsAlivePollInterval: 20 });
  await daemon.add('web', 'demo', { isAlive: 'false' });
  await daemon.online('web');
  const failed = await daemon.client.next('failureReported', 'web');

  expect(failed).toMatchObject({ source: 'isAlive', incarnation: 1 });
  expect(callsOf(daemon.journal(), 'looksAlive')).toEqual([]);
});

test('S28: a record in the pipe leads to terminate at once, and to online again under the next incarnation', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo');
  await daemon.online('web');
  await daemon.do('web', { action: 'write', text: 'web@1 disk gone\n' });
  await onlineAs(daemon, 'web', 2);

  expect(daemon.calls('web')).toEqual(['open', 'online', 'resourceControl', 'terminate', 'online']);
  const failed = await daemon.client.next('failureReported', 'web');
  expect(failed).toMatchObject({ reason: 'disk gone', source: 'failureRecord', incarnation: 1 });
});

// D-33
test('S28: even with an isAlive interval no poll comes between the record and terminate', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo', {}, { properties: { IsAlivePollInterval: 20 } });
  await daemon.online('web');
  await whenCalled(daemon, 'isAlive', 'web', 3);
  await daemon.do('web', { action: 'write', text: 'web@1 disk gone\n' });
  const calls = (await whenCalled(daemon, 'terminate', 'web')).filter(({ event }) => event === 'call').map(({ method }) => method);

  // One isAlive may have been sent before the record was read; it is overtaken, never waited for.
  const between = calls.slice(calls.indexOf('resourceControl') + 1, calls.indexOf('terminate'));
  expect(between.length).toBeLessThanOrEqual(1);
  expect(await daemon.client.next('terminateCalled', 'web')).toMatchObject({
    cause: 'failureRecord',
    reason: 'disk gone',
  });
});

test('S29: with onSignal "verify" isAlive comes first, and a resource that is alive stays Online', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', { onSignal: 'verify' });
  await daemon.add('web', 'demo');
  await daemon.online('web');
  writeTo(pipeOf(daemon, 'demo'), 'web@1 suspicion\n');
  await daemon.client.next('recordDismissed', 'web');

  expect(daemon.calls('web')).toEqual(['open', 'online', 'isAlive']);
  expect(await daemon.status('web')).toMatchObject({ state: 'Online', incarnation: 1 });
});

test('S29: with onSignal "verify" isAlive false leads to terminate, for the reason of the record', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', { onSignal: 'verify' });
  await daemon.add('web', 'demo', { isAlive: 'false' });
  await daemon.online('web');
  writeTo(pipeOf(daemon, 'demo'), 'web@1 disk gone\n');
  await onlineAs(daemon, 'web', 2);

  expect(daemon.calls('web')).toEqual(['open', 'online', 'isAlive', 'terminate', 'online']);
  expect(await daemon.client.next('failureReported', 'web')).toMatchObject({
    reason: 'disk gone',
    source: 'failureRecord',
  });
});

test('S29: an isAlive that gives no answer counts as false after five seconds', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', { onSignal: 'verify' }, '--concurrency', 'perResource');
  await daemon.add('web', 'demo', { isAlive: 'hang' }, { properties: { RestartAction: 'DontRestart' } });
  await daemon.online('web');
  writeTo(pipeOf(daemon, 'demo'), 'web@1 disk gone\n');
  const started = await daemon.client.next('verifyStarted', 'web');
  const terminated = await daemon.client.next('terminated', 'web', 0, 15_000);

  expect(terminated.monotonicUs - started.monotonicUs).toBeGreaterThanOrEqual(5_000_000);
  expect(daemon.calls('web')).toEqual(['open', 'online', 'isAlive', 'terminate']);
});

test('S30: of 200 instances on one handle, one ID terminates exactly that one', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  const names = Array.from({ length: 200 }, (_, index) => `web-${index}`);
  await Promise.all(names.map((name) => daemon.add(name, 'demo')));
  await daemon.online(...names);
  await daemon.do('web-7', { action: 'write', text: 'web-117@1 disk gone\n' });
  await onlineAs(daemon, 'web-117', 2);

  const entries = daemon.journal();
  expect(callsOf(entries, 'terminate').map(({ resource, incarnation }) => [resource, incarnation])).toEqual([['web-117', 1]]);
  expect(new Set(entries.map(({ pid }) => pid)).size).toBe(1);
  expect(callsOf(entries, 'online')).toHaveLength(201);
});

test('S31: a handle that comes with the final status of a pending online is honoured', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', { LooksAlivePollInterval: 10 });
  await daemon.add('late', 'demo', { online: 'pending' });
  await daemon.add('polled', 'demo', { online: 'poll' });
  await daemon.client.request('online', { names: ['late', 'polled'] });
  await daemon.client.next('onlinePending', 'late');
  const report = { state: 'online', checkpoint: 2, eventHandle: pipeOf(daemon, 'demo') };
  expect(await daemon.do('late', { action: 'report', report })).toMatchObject({
    ok: true,
    result: { answer: 'continue' },
  });
  expect(await daemon.client.next('online', 'late')).toMatchObject({ contract: 'event' });

  const before = callsOf(daemon.journal(), 'looksAlive', 'polled').length;
  expect(callsOf(await whenCalled(daemon, 'looksAlive', 'polled', before + 10), 'looksAlive', 'late')).toEqual([]);
  writeTo(pipeOf(daemon, 'demo'), 'late@1 disk gone\n');
  await whenCalled(daemon, 'terminate', 'late');
});

test('S31: a pending online that ends without a handle is polled', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('late', 'demo', { online: 'pending' });
  await daemon.client.request('online', { names: ['late'] });
  await daemon.client.next('onlinePending', 'late');
  await daemon.do('late', {
    action: 'report',
    report: { state: 'online', checkpoint: 2, looksAliveMs: 20, isAliveMs: 1000 },
  });
  await whenCalled(daemon, 'looksAlive', 'late', 3);

  expect((await daemon.status('late')).polls).toEqual({
    looksAlive: { ms: 20, source: 'online' },
    isAlive: { ms: 1000, source: 'online' },
  });
});
