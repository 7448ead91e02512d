import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { happened } from '../support/history.ts';
import { called } from '../support/host-calls.ts';

/** Resources of the scripted type, all Online, each with these common properties. */
async function startOnline(resources: Record<string, Record<string, unknown>>): Promise<TestDaemon> {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  for (const [name, properties] of Object.entries(resources)) await daemon.add(name, 'demo', {}, { properties });
  await daemon.online(...Object.keys(resources));
  return daemon;
}

/** Makes the resource fail by its own record. Resolves when it has been terminated. */
async function failOnce(daemon: TestDaemon, name: string): Promise<void> {
  const { incarnation } = await daemon.status(name);
  const after = daemon.client.seq;
  await daemon.do(name, { action: 'write', text: `${name}@${incarnation} broken\n` });
  await daemon.client.next('terminated', name, after);
}

/** The same, for one that comes back; resolves when it has. */
async function failAndReturn(daemon: TestDaemon, name: string): Promise<void> {
  const after = daemon.client.seq;
  await failOnce(daemon, name);
  await daemon.client.next('online', name, after);
}

test('S46: with DontRestart it stays Failed', async () => {
  const daemon = await startOnline({ web: { RestartAction: 'DontRestart' }, other: { RestartDelay: 50 } });
  await failOnce(daemon, 'web');
  // A whole restart of another one comes behind any that web could have had.
  await failAndReturn(daemon, 'other');

  expect(await daemon.status('web')).toMatchObject({
    state: 'Failed',
    phase: 'failed',
    nextAttemptAt: null,
    settled: true,
  });
  expect(daemon.calls('web').filter((method) => method === 'online')).toHaveLength(1);
  expect(daemon.client.kinds('web')).not.toContain('restartScheduled');
});

// D-15
test('S47: within the threshold it is online again after RestartDelay, counted from the answer to terminate', async () => {
  const daemon = await startOnline({ web: { RestartDelay: 200 } });
  await daemon.do('web', { action: 'script', script: { terminate: 'delay:200' } });
  await failAndReturn(daemon, 'web');

  const terminated = await daemon.client.next('terminated', 'web');
  const [, online] = await called(daemon, 'web', 'online', 2);
  expect(((online?.us ?? 0) - terminated.monotonicUs) / 1000).toBeGreaterThan(195);
  expect(await daemon.client.next('restartScheduled', 'web')).toMatchObject({
    delayMs: 200,
    failures: 1,
    threshold: 3,
  });
  expect(await daemon.status('web')).toMatchObject({ state: 'Online', incarnation: 2, restarts: 1 });
});

test('S47: failures older than RestartPeriod do not count', async () => {
  const daemon = await startOnline({
    web: { RestartThreshold: 1, RestartPeriod: 200, RetryPeriodOnFailure: null },
    clock: { RestartDelay: 300 },
  });
  for (let round = 0; round < 3; round++) {
    await failAndReturn(daemon, 'web');
    // Takes longer than the period.
    await failAndReturn(daemon, 'clock');
  }
  expect(await daemon.status('web')).toMatchObject({ state: 'Online', incarnation: 4 });
});

test('S48: beyond the threshold it stays Failed, and is tried again after RetryPeriodOnFailure with a new series', async () => {
  const daemon = await startOnline({
    web: { RestartThreshold: 1, RestartPeriod: 2_000, RetryPeriodOnFailure: 2_000 },
  });
  await failAndReturn(daemon, 'web');
  await failOnce(daemon, 'web');
  expect(await daemon.client.next('restartsExhausted', 'web')).toMatchObject({ failures: 2, threshold: 1 });
  const failed = await daemon.client.next('retryScheduled', 'web');
  expect(failed).toMatchObject({ delayMs: 2_000 });
  const { state, phase, nextAttemptAt } = await daemon.status('web');
  expect({ state, phase }).toEqual({ state: 'Failed', phase: 'failed' });
  expect(Date.parse(nextAttemptAt ?? '')).toBeGreaterThan(Date.parse(failed.at) + 1_900);

  const online = await daemon.client.next('online', 'web', failed.seq);
  expect((online.monotonicUs - failed.monotonicUs) / 1000).toBeGreaterThan(1_990);
  await failAndReturn(daemon, 'web');
  expect((await daemon.status('web')).state).toBe('Online');
});

test('S48: a manual online clears Failed and the counter', async () => {
  const daemon = await startOnline({ web: { RestartThreshold: 1 } });
  await failAndReturn(daemon, 'web');
  await failOnce(daemon, 'web');
  await daemon.client.next('restartsExhausted', 'web');
  await daemon.online('web');
  await failAndReturn(daemon, 'web');
  expect(await daemon.status('web')).toMatchObject({ state: 'Online', restarts: 1, incarnation: 4 });
});

test('S49: RetryPeriodOnFailure null means never', async () => {
  const daemon = await startOnline({
    web: { RestartThreshold: 0, RestartPeriod: 50, RetryPeriodOnFailure: null },
    other: { RestartThreshold: 0, RestartPeriod: 50, RetryPeriodOnFailure: 50 },
  });
  await failOnce(daemon, 'web');
  await failAndReturn(daemon, 'other');

  expect(await daemon.status('web')).toMatchObject({ state: 'Failed', nextAttemptAt: null });
  expect(daemon.client.kinds('web')).toContain('restartsExhausted');
  expect(daemon.client.kinds('web')).not.toContain('retryScheduled');
});

test('S49: a RetryPeriodOnFailure shorter than RestartPeriod is refused, and nothing is stored', async () => {
  const daemon = await startOnline({ web: {} });
  const short = { RestartPeriod: 1_000, RetryPeriodOnFailure: 999 };
  await expect(daemon.add('other', 'demo', {}, { properties: short })).rejects.toMatchObject({
    code: 'invalidProperty',
  });
  const { code, stderr } = await daemon.andon('resource', 'set', 'web', '--property', 'RetryPeriodOnFailure=999');

  expect(code).toBe(4);
  expect(stderr).toContain('RetryPeriodOnFailure (999 ms) is shorter than RestartPeriod (900000 ms)');
  const { resources } = await daemon.client.request('resourceList', {});
  expect(resources.map(({ name, properties }) => [name, properties.RetryPeriodOnFailure])).toEqual([['web', 3_600_000]]);
});

test('S50: fail on a resource that is not Online is refused', async () => {
  const daemon = await startOnline({ web: { RestartAction: 'DontRestart' } });
  await daemon.client.request('offline', { names: ['web'] });
  await daemon.client.next('offline', 'web');
  expect(await daemon.andon('fail', 'web')).toMatchObject({ code: 4 });
  await daemon.online('web');
  await failOnce(daemon, 'web');
  await expect(daemon.client.request('fail', { name: 'web' })).rejects.toMatchObject({ code: 'wrongState' });
  expect(daemon.calls('web').filter((method) => method === 'terminate')).toHaveLength(1);
});

test('S50: fail on a resource that is Online takes exactly the path of a real failure', async () => {
  const daemon = await startOnline({ asked: {}, real: {} });
  const kindsAfterOnline = (name: string): string[] => {
    const kinds = daemon.client.kinds(name).filter((kind) => kind !== 'callSlow');
    return kinds.slice(kinds.indexOf('online') + 1);
  };
  await failAndReturn(daemon, 'real');
  const after = daemon.client.seq;
  expect(await daemon.andon('fail', 'asked')).toMatchObject({ code: 0 });
  await daemon.client.next('online', 'asked', after);

  expect(kindsAfterOnline('asked')).toEqual(kindsAfterOnline('real'));
  expect(daemon.calls('asked')).toEqual(['open', 'online', 'terminate', 'online']);
  expect(await daemon.client.next('failureReported', 'asked')).toMatchObject({ source: 'administrator' });
  expect(await daemon.status('asked')).toMatchObject({ restarts: 1, incarnation: 2 });
});

test('S55: every event has a higher number than the one before, over restarts of the daemon too', async () => {
  const daemon = await startOnline({ web: {}, mail: {} });
  await failAndReturn(daemon, 'web');
  const early = daemon.client.events.map(({ seq }) => seq);
  await daemon.crash();
  await daemon.up();
  await happened(daemon, ({ kind, resource }) => kind === 'recordDismissed' && resource === 'mail');
  await failAndReturn(daemon, 'mail');
  const all = [...early, ...daemon.client.events.map(({ seq }) => seq)];

  expect(all).toEqual([...new Set(all)].sort((a, b) => a - b));
  const states = daemon.client.events.filter(({ state }) => state !== undefined);
  expect(states.length).toBeGreaterThan(1);
  const { events } = await daemon.client.request('events', { limit: 1000 });
  expect(events.map(({ seq }) => seq)).toEqual([...Array(events.length).keys()].map((index) => index + (events[0]?.seq ?? 0)));
});
