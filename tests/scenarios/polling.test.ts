import { expect, test } from 'vitest';
import { type Entry, TestDaemon } from '../support/daemon.ts';
import { called, callsOf, entriesWhen, journalWhen } from '../support/host-calls.ts';

/** Polls come 5 % early at most; the rest is what timers that count from the start of a turn may take away. */
const EARLIEST = 0.8;

/** A resource `web` that is polled as `online` says, and one-shot: a failure leaves it Failed. */
async function startPolled(
  online: string,
  options: {
    readonly type?: Record<string, unknown>;
    readonly properties?: Record<string, unknown>;
    readonly script?: Record<string, string>;
  } = {},
) {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', options.type, '--concurrency', 'perResource');
  const properties = { RestartAction: 'DontRestart', ...options.properties };
  await daemon.add('web', 'demo', { online, ...options.script }, { properties });
  return daemon;
}

function shortestGapMs(entries: readonly Entry[]): number {
  const gaps = entries.slice(1).map((entry, index) => entry.us - (entries[index]?.us ?? 0));
  return Math.min(...gaps) / 1000;
}

/** Resolves when another resource, polled every 20 ms, has been polled `times` more: nothing that was due sooner is still to come. */
async function whileOthersArePolled(daemon: TestDaemon, times = 10): Promise<void> {
  const known = daemon.journal().some(({ resource }) => resource === 'metronome');
  if (!known) {
    await daemon.add('metronome', 'demo', { online: 'poll:20:10000' });
    await daemon.online('metronome');
  }
  const before = daemon.calls('metronome').length;
  await journalWhen(daemon, () => daemon.calls('metronome').length >= before + times);
}

// D-18
test('S20: without a handle looksAlive and isAlive run at their intervals, the first one interval after Online', async () => {
  const daemon = await startPolled('poll:40:300');
  await daemon.online('web');
  const looks = await called(daemon, 'web', 'looksAlive', 12);
  const checks = await called(daemon, 'web', 'isAlive', 2);

  const online = await daemon.client.next('online', 'web');
  expect(((looks[0]?.us ?? 0) - online.monotonicUs) / 1000).toBeGreaterThan(40 * EARLIEST);
  expect(((checks[0]?.us ?? 0) - online.monotonicUs) / 1000).toBeGreaterThan(300 * EARLIEST);
  expect(shortestGapMs(checks)).toBeGreaterThan(300 * EARLIEST);
  expect(checks[0]?.us).toBeGreaterThan(looks[1]?.us ?? 0);
  expect((await daemon.status('web')).state).toBe('Online');
});

test('S20: an isAlive that is not called for by a suspicion comes although looksAlive goes on saying yes', async () => {
  const daemon = await startPolled('poll:30:60');
  await daemon.online('web');
  const checks = await called(daemon, 'web', 'isAlive', 4);
  expect(shortestGapMs(checks)).toBeGreaterThan(60 * EARLIEST);
});

test('S21: an interval that the resource does not set is that of its type, and status says whose it is', async () => {
  const type = { LooksAlivePollInterval: 30, IsAlivePollInterval: 50 };
  const daemon = await startPolled('poll:5000:6000', { type, properties: { IsAlivePollInterval: null } });
  await daemon.online('web');

  expect((await daemon.status('web')).polls).toEqual({
    looksAlive: { ms: 30, source: 'type' },
    isAlive: { ms: 50, source: 'type' },
  });
  await called(daemon, 'web', 'looksAlive', 2);
  await called(daemon, 'web', 'isAlive', 2);
});

test('decision 3: resource before type before online result before default, and status says which', async () => {
  const daemon = await startPolled('poll', {
    properties: { LooksAlivePollInterval: 40 },
    type: { LooksAlivePollInterval: 30 },
  });
  await daemon.add('offered', 'demo', { online: 'poll:20:70' }, { properties: {} });
  await daemon.online('web', 'offered');

  expect((await daemon.status('web')).polls).toEqual({
    looksAlive: { ms: 40, source: 'resource' },
    isAlive: { ms: 60_000, source: 'default' },
  });
  expect((await daemon.status('offered')).polls).toEqual({
    looksAlive: { ms: 30, source: 'type' },
    isAlive: { ms: 70, source: 'online' },
  });
  expect(shortestGapMs(await called(daemon, 'web', 'looksAlive', 5))).toBeGreaterThan(40 * EARLIEST);
  const { stdout } = await daemon.andon('status', 'web', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    resources: [{ polls: { looksAlive: { ms: 40, source: 'resource' } } }],
  });
});

test('S22: an interval of 0 is refused for a resource, for a type, and by the command line', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  const refused = { code: expect.stringMatching(/invalid/), exit: expect.any(Number) };
  await expect(daemon.scripted('other', { LooksAlivePollInterval: 0 })).rejects.toMatchObject(refused);
  await expect(daemon.add('web', 'demo', {}, { properties: { IsAlivePollInterval: 0 } })).rejects.toMatchObject(refused);
  await daemon.add('web', 'demo', { online: 'poll' });

  const { code, stderr } = await daemon.andon('resource', 'set', 'web', '--property', 'LooksAlivePollInterval=0');
  expect(code).toBeGreaterThan(0);
  expect(stderr).toContain('0 does not switch polling off');
  const { definition } = await daemon.client.request('resourceShow', { name: 'web' });
  expect(definition.properties).not.toHaveProperty('LooksAlivePollInterval');
});

// D-16
test.each(['poll:0:0', 'poll:9:1000', 'poll:1000:9'])(
  'decision 3: an interval below 10 ms from a host is a malformed result and the resource fails (%s)',
  async (online) => {
    const daemon = await startPolled(online);
    await daemon.client.request('online', { names: ['web'] });
    await daemon.client.next('terminated', 'web');

    expect((await daemon.status('web')).lastFailure).toMatchObject({ source: 'malformedResult' });
    expect(daemon.calls('web')).toEqual(['open', 'online', 'terminate']);
  },
);

test('S23: after looksAlive said no, isAlive follows at once, and while it says yes the resource stays Online', async () => {
  const daemon = await startPolled('poll:30:20000', { script: { looksAlive: 'false' } });
  await daemon.online('web');
  const looks = await called(daemon, 'web', 'looksAlive', 3);
  const checks = await called(daemon, 'web', 'isAlive', 3);

  for (const [index, look] of looks.entries()) {
    const check = checks[index];
    expect(check?.us).toBeGreaterThan(look.us);
    expect(check?.us).toBeLessThan(looks[index + 1]?.us ?? Number.POSITIVE_INFINITY);
  }
  expect((await daemon.status('web')).state).toBe('Online');
  expect(daemon.client.kinds('web')).not.toContain('failed');
});

test('S24: when isAlive says no, Failed is there before terminate is delivered', async () => {
  const daemon = await startPolled('poll:10000:40', { script: { isAlive: 'false' } });
  await daemon.online('web');
  const [terminate] = await called(daemon, 'web', 'terminate');
  const failed = await daemon.client.next('failed', 'web');
  const terminateCalled = await daemon.client.next('terminateCalled', 'web');

  expect(failed).toMatchObject({ source: 'isAlive', reason: 'scripted' });
  expect(failed.seq).toBeLessThan(terminateCalled.seq);
  expect(failed.monotonicUs).toBeLessThan(terminate?.us ?? 0);
  await daemon.client.next('terminated', 'web');
  expect(daemon.calls('web')).toEqual(['open', 'online', 'isAlive', 'terminate']);
});

// D-18
test('S25: there are no polls before Online, after Offline and while Failed', async () => {
  const daemon = await startPolled('pending', {
    properties: { LooksAlivePollInterval: 20, IsAlivePollInterval: 30 },
  });
  await daemon.client.request('online', { names: ['web'] });
  await daemon.client.next('onlinePending', 'web');
  await whileOthersArePolled(daemon);
  expect(daemon.calls('web')).toEqual(['open', 'online']);

  await daemon.do('web', { action: 'report', report: { state: 'online' } });
  await called(daemon, 'web', 'isAlive', 2);
  await daemon.client.request('offline', { names: ['web'] });
  await daemon.client.next('offline', 'web');
  await whileOthersArePolled(daemon);
  expect(daemon.calls('web').at(-1)).toBe('offline');

  await daemon.do('web', { action: 'script', script: { online: 'poll', isAlive: 'false' } });
  await daemon.online('web');
  await daemon.client.next('terminated', 'web');
  await whileOthersArePolled(daemon);
  expect(daemon.calls('web').at(-1)).toBe('terminate');
});

// D-18
test('decision 3: a looksAlive that takes longer than its interval is never followed by a second one beside it, nor by a burst', async () => {
  const daemon = await startPolled('poll:30:10000', { script: { looksAlive: 'delay:150' } });
  await daemon.online('web');
  const answers = await entriesWhen(daemon, ({ event, method }) => event === 'answered' && method === 'looksAlive', 4);
  const looks = callsOf(daemon.journal(), 'looksAlive', 'web');

  for (const [index, { us }] of answers.entries()) {
    const next = looks[index + 1];
    if (next) expect((next.us - us) / 1000).toBeGreaterThan(30 * EARLIEST);
  }
  expect((await daemon.status('web')).state).toBe('Online');
});

test('S38: a call that takes over 300 ms is warned of, and nothing else comes of it', async () => {
  const daemon = await startPolled('poll:10000:40', { script: { isAlive: 'delay:350' } });
  await daemon.online('web');
  await called(daemon, 'web', 'isAlive', 2);

  const slow = await daemon.client.event(({ kind, call }) => kind === 'callSlow' && call === 'isAlive');
  expect(slow).toMatchObject({ resource: 'web', host: 'demo' });
  expect(slow['elapsedMs']).toBeGreaterThan(300);
  expect(await daemon.status('web')).toMatchObject({ state: 'Online', incarnation: 1, lastFailure: null });
  expect(
    daemon.client
      .kinds('web')
      .filter((kind) => kind !== 'callSlow')
      .at(-1),
  ).toBe('online');
});
