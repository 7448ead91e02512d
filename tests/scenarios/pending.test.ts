import type { AndonEvent } from '@andon/protocol';
import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { called, entriesWhen } from '../support/host-calls.ts';

/** A resource whose online pends; it has one attempt. Resolves when it is OnlinePending. */
async function startPending(properties: Record<string, unknown>, script: Record<string, string> = {}) {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  const all = { RestartAction: 'DontRestart', ...properties };
  await daemon.add('web', 'demo', { online: 'pending', ...script }, { properties: all });
  await daemon.client.request('online', { names: ['web'] });
  await daemon.client.next('onlinePending', 'web');
  return daemon;
}

async function millisecondsBetween(first: Promise<AndonEvent>, second: Promise<AndonEvent>): Promise<number> {
  return ((await second).monotonicUs - (await first).monotonicUs) / 1000;
}

// D-20
test('S15: advancing checkpoints keep a resource pending for longer than PendingTimeout', async () => {
  const daemon = await startPending({ PendingTimeout: 600 });
  await daemon.do('web', { action: 'progress', everyMs: 200, times: 5, state: 'online' });
  const online = daemon.client.next('online', 'web');

  expect(await millisecondsBetween(daemon.client.next('onlinePending', 'web'), online)).toBeGreaterThan(600);
  expect(daemon.calls('web')).toEqual(['open', 'online', 'resourceControl']);
  const reported = await entriesWhen(daemon, ({ event }) => event === 'reported', 6);
  expect(reported.map(({ reply }) => reply)).toEqual(Array(6).fill(expect.objectContaining({ ok: true, result: { answer: 'continue' } })));
});

test('S15: the same checkpoint again is life and no progress', async () => {
  const daemon = await startPending({ PendingTimeout: 600 });
  await daemon.do('web', { action: 'progress', everyMs: 150, times: 20, step: 0 });
  const failed = await daemon.client.next('failureReported', 'web');

  expect(failed).toMatchObject({ source: 'pendingTimeout' });
  const elapsedMs = await millisecondsBetween(daemon.client.next('statusReported', 'web'), Promise.resolve(failed));
  // The report is told of a moment after it has started the clock.
  expect(elapsedMs).toBeGreaterThan(550);
  expect(elapsedMs).toBeLessThan(1_500);
});

// D-21
test('S16: without a checkpoint within PendingTimeout it is terminated and Failed, and its host stays', async () => {
  const daemon = await startPending({ PendingTimeout: 300 });
  await daemon.client.next('terminated', 'web');

  expect(await daemon.status('web')).toMatchObject({
    state: 'Failed',
    lastFailure: { source: 'pendingTimeout', reason: 'no progress within PendingTimeout (300 ms)' },
  });
  expect(
    await millisecondsBetween(daemon.client.next('onlinePending', 'web'), daemon.client.next('failureReported', 'web')),
  ).toBeGreaterThan(290);
  await daemon.do('web', { action: 'counts' });
  expect(daemon.calls('web')).toEqual(['open', 'online', 'terminate', 'resourceControl']);
  expect(new Set(daemon.journal().map(({ pid }) => pid)).size).toBe(1);
});

test('S16: an offline that pends without progress is terminated too, and ends Offline', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo', { offline: 'pending' }, { properties: { PendingTimeout: 300 } });
  await daemon.online('web');
  await daemon.client.request('offline', { names: ['web'] });
  await daemon.client.next('offline', 'web');

  expect(daemon.calls('web')).toEqual(['open', 'online', 'offline', 'terminate']);
  expect(await daemon.client.next('terminateCalled', 'web')).toMatchObject({ cause: 'pendingTimeout' });
});

// D-20
test('S17: of PendingTimeout and DeadlockTimeout the smaller applies, and the host is told so', async () => {
  const daemon = await startPending({ PendingTimeout: 60_000, DeadlockTimeout: 1_000 });
  const [online] = await called(daemon, 'web', 'online');
  expect(online?.['deadlineMs']).toBe(1_000);
  await daemon.client.next('terminated', 'web');

  expect((await daemon.status('web')).lastFailure).toMatchObject({ source: 'pendingTimeout' });
  expect(await millisecondsBetween(daemon.client.next('onlinePending', 'web'), daemon.client.next('failureReported', 'web'))).toBeLessThan(
    5_000,
  );
  expect(daemon.client.events.map(({ kind }) => kind)).not.toContain('hostKilled');
});

// D-22
test('S18: a report after terminate is answered terminate and changes nothing', async () => {
  const daemon = await startPending({ PendingTimeout: 300 });
  await daemon.client.next('terminated', 'web');
  const before = await daemon.status('web');

  for (const state of ['onlinePending', 'online', 'failed']) {
    const reply = await daemon.do('web', { action: 'report', report: { state, checkpoint: 9 } });
    expect(reply).toMatchObject({ ok: true, result: { answer: 'terminate' } });
  }
  expect(await daemon.status('web')).toEqual(before);
});

test('S18: a report while terminate is running is answered terminate, and the result of that online is ignored', async () => {
  const daemon = await startPending({}, { terminate: 'delay:300' });
  await daemon.do('web', {
    action: 'progress',
    everyMs: 100,
    times: 1,
    state: 'online',
    pendingState: 'failed',
  });
  const [failed, late] = await entriesWhen(daemon, ({ event }) => event === 'reported', 2);

  expect(failed?.['reply']).toMatchObject({ result: { answer: 'continue' } });
  expect(late?.['reply']).toMatchObject({ result: { answer: 'terminate' } });
  await daemon.client.next('terminated', 'web');
  expect(daemon.client.kinds('web')).not.toContain('online');
});

// D-22
test('S19: a report while nothing is pending is rejected and logged', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo');
  await daemon.online('web');
  const before = await daemon.status('web');
  const reply = await daemon.do('web', { action: 'report', report: { state: 'failed' } });

  expect(reply).toMatchObject({ ok: false, error: { code: 'invalidState', message: 'nothing is pending' } });
  expect(await daemon.client.next('statusRejected', 'web')).toMatchObject({ why: 'nothing is pending' });
  expect(await daemon.status('web')).toEqual(before);
});

test('decision 1: a serial host with one pending resource brings 50 others online meanwhile', async () => {
  const daemon = await startPending({});
  const others = Array.from({ length: 50 }, (_, index) => `other-${index}`);
  for (const name of others) await daemon.add(name, 'demo');
  await daemon.online(...others);

  expect((await daemon.status('web')).state).toBe('OnlinePending');
  await daemon.do('web', { action: 'report', report: { state: 'online' } });
  const online = await daemon.client.next('online', 'web');
  const last = Math.max(
    ...daemon.client.events.filter(({ kind, resource }) => kind === 'online' && resource !== 'web').map(({ seq }) => seq),
  );
  expect(online.seq).toBeGreaterThan(last);
});

test('decision 1: maxPendingMs caps a pended operation, whatever its progress', async () => {
  const daemon = await startPending({ PendingTimeout: 5_000, maxPendingMs: 500 });
  const [online] = await called(daemon, 'web', 'online');
  expect(online).toMatchObject({ deadlineMs: 5_000, maxMs: 500 });
  await daemon.do('web', { action: 'progress', everyMs: 100, times: 30 });
  await daemon.client.next('terminated', 'web');

  expect((await daemon.status('web')).lastFailure).toMatchObject({
    source: 'pendingTimeout',
    reason: 'not done within maxPendingMs (500 ms)',
  });
});

test('S31: an event handle that comes with the final report is honoured: no polls, and a record terminates', async () => {
  const daemon = await startPending({ LooksAlivePollInterval: 20 });
  await daemon.do('web', { action: 'report', report: { state: 'online', eventHandle: 'own' } });
  expect(await daemon.status('web')).toMatchObject({ state: 'Online', contract: 'event' });
  await daemon.do('web', { action: 'write', text: 'web@1 disk gone\n' });
  await daemon.client.next('terminated', 'web');

  expect(await daemon.client.next('failureReported', 'web')).toMatchObject({
    source: 'failureRecord',
    reason: 'disk gone',
  });
  expect(daemon.calls('web')).toEqual(['open', 'online', 'resourceControl', 'resourceControl', 'terminate']);
});
