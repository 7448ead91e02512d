import type { AndonEvent } from '@andon/protocol';
import { expect, test } from 'vitest';
import { type Entry, TestDaemon } from '../support/daemon.ts';
import { callsOf, whenCalled } from '../support/host-calls.ts';
import { onlineAs, pipeOf, writeTo } from '../support/records.ts';

function onHost(daemon: TestDaemon, kind: string, host: string, afterSeq = 0, limitMs?: number): Promise<AndonEvent> {
  return daemon.client.event((event) => event.kind === kind && event.host === host && event.seq > afterSeq, limitMs);
}

/** kill -9 of the process that serves this host now. */
async function killHost(daemon: TestDaemon, host: string): Promise<AndonEvent> {
  const before = daemon.client.seq;
  const { hosts } = await daemon.client.request('hostList', {});
  const pid = hosts.find(({ id }) => id === host)?.pid;
  if (!pid) throw new Error(`host ${host} does not run`);
  process.kill(pid, 'SIGKILL');
  return onHost(daemon, 'hostExited', host, before);
}

test('S41: a host dies: its Online instances fail and are opened again, those of other hosts are untouched', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.scripted('elsewhere');
  for (const name of ['one', 'two']) await daemon.add(name, 'demo');
  await daemon.add('idle', 'demo');
  await daemon.add('other', 'elsewhere');
  await daemon.online('one', 'two', 'idle', 'other');
  await daemon.client.request('offline', { names: ['idle'] });
  await daemon.client.next('offline', 'idle');
  const exited = await killHost(daemon, 'demo');
  expect(exited['how']).toBe('killed by SIGKILL');
  await Promise.all(['one', 'two'].map((name) => onlineAs(daemon, name, 2)));

  for (const name of ['one', 'two']) {
    expect(await daemon.client.next('failed', name)).toMatchObject({ source: 'hostExited' });
    expect(callsOf(daemon.journal(), 'open', name).map(({ recover }) => recover)).toEqual([false, true]);
    expect(callsOf(daemon.journal(), 'terminate', name)).toEqual([]);
  }
  expect(await daemon.status('idle')).toMatchObject({ state: 'Offline' });
  expect(callsOf(daemon.journal(), 'open', 'idle')).toHaveLength(1);
  expect(await daemon.status('other')).toMatchObject({ state: 'Online', incarnation: 1 });
});

interface Death {
  readonly script?: Readonly<Record<string, string>>;
  /** Brings it to the moment at which its host dies. */
  arrange(daemon: TestDaemon, name: string): Promise<unknown>;
  readonly thenState: string;
}
const online = (daemon: TestDaemon, name: string): Promise<unknown> => daemon.client.request('online', { names: [name] });
const DEATHS: Readonly<Record<string, Death>> = {
  opening: { script: { open: 'exit' }, arrange: online, thenState: 'Failed' },
  onlineCalled: { script: { online: 'exit' }, arrange: online, thenState: 'Failed' },
  onlinePending: {
    script: { online: 'pending' },
    arrange: async (daemon, name) => {
      await online(daemon, name);
      await daemon.client.next('onlinePending', name);
      await killHost(daemon, `in-${name}`);
    },
    thenState: 'Failed',
  },
  online: {
    arrange: async (daemon, name) => {
      await daemon.online(name);
      await killHost(daemon, `in-${name}`);
    },
    thenState: 'Failed',
  },
  isAlive: { script: { online: 'poll:60000:20', isAlive: 'exit' }, arrange: online, thenState: 'Failed' },
  terminating: {
    script: { terminate: 'exit' },
    arrange: async (daemon, name) => {
      await daemon.online(name);
      writeTo(pipeOf(daemon, `in-${name}`), `${name}@1\n`);
    },
    thenState: 'Failed',
  },
  offlineCalled: {
    script: { offline: 'exit' },
    arrange: async (daemon, name) => {
      await daemon.online(name);
      await daemon.client.request('offline', { names: [name] });
    },
    thenState: 'Offline',
  },
  offlinePending: {
    script: { offline: 'pending' },
    arrange: async (daemon, name) => {
      await daemon.online(name);
      await daemon.client.request('offline', { names: [name] });
      await daemon.client.next('offlinePending', name);
      await whenCalled(daemon, 'offline', name);
      await killHost(daemon, `in-${name}`);
    },
    thenState: 'Offline',
  },
  offline: {
    arrange: async (daemon, name) => {
      await daemon.online(name);
      await daemon.client.request('offline', { names: [name] });
      await daemon.client.next('offline', name);
      await killHost(daemon, `in-${name}`);
    },
    thenState: 'Offline',
  },
};

test('S41: wherever in the life of an instance its host dies, it settles, and nothing that was asked for is forgotten', async () => {
  const daemon = await TestDaemon.start();
  await Promise.all(Object.entries(DEATHS).map(([phase, death]) => diesIn(daemon, phase, death)));
});

async function diesIn(daemon: TestDaemon, phase: string, { script = {}, arrange, thenState }: Death): Promise<void> {
  await daemon.scripted(`in-${phase}`);
  await daemon.add(phase, `in-${phase}`, script, { properties: { RestartAction: 'DontRestart' } });
  await arrange(daemon, phase);
  const exited = await onHost(daemon, 'hostExited', `in-${phase}`);
  const settled = thenState === 'Failed' ? 'failed' : 'offline';
  await daemon.client.event(
    (event) =>
      event.kind === settled && event.resource === phase && (phase === 'offline' || phase === 'terminating' || event.seq > exited.seq),
  );
  expect({ phase, state: (await daemon.status(phase)).state }).toEqual({ phase, state: thenState });
}

test('S41: a removal goes on when the host dies in close', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo', { close: 'exit' });
  await daemon.online('web');
  await daemon.client.request('resourceRemove', { name: 'web', force: true });

  expect((await daemon.client.request('resourceList', {})).resources).toEqual([]);
});

test('S41: a death is charged only to those with a call in flight, and the second time the culprit gets its own host', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('good', 'demo');
  await daemon.add('bad', 'demo', { online: 'exit' });
  await daemon.online('good');
  await daemon.client.request('online', { names: ['bad'] });
  const first = await onHost(daemon, 'hostExited', 'demo');
  expect(first['during']).toBe('bad');
  await onlineAs(daemon, 'good', 2);
  expect(await daemon.client.next('hostSeparated', 'bad')).toMatchObject({ from: 'demo', host: 'demo.bad' });
  await onHost(daemon, 'hostStarted', 'demo.bad');

  const scheduled = (name: string): readonly unknown[] =>
    daemon.client.events.filter(({ kind, resource }) => kind === 'restartScheduled' && resource === name).map((event) => event['failures']);
  expect(scheduled('good').every((failures) => failures === 0)).toBe(true);
  expect(scheduled('bad').slice(0, 2)).toEqual([1, 2]);
  const deaths = daemon.client.events.filter(({ kind, host }) => kind === 'hostExited' && host === 'demo');
  expect(deaths).toHaveLength(2);
});

test('S41: after five deaths without a culprit every instance gets its own host', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  // The delay lets an administrator's online come first, and that waits for no back-off.
  for (const name of ['one', 'two']) await daemon.add(name, 'demo', {}, { properties: { RestartDelay: 60_000 } });
  await daemon.online('one', 'two');
  for (let death = 1; death <= 5; death++) {
    await killHost(daemon, 'demo');
    await Promise.all(
      ['one', 'two'].map((name) =>
        daemon.client.event((event) => event.kind === 'restartScheduled' && event.resource === name && event.incarnation === death),
      ),
    );
    await daemon.online('one', 'two');
  }

  expect((await daemon.status('one')).host).toBe('demo.one');
  expect((await daemon.status('two')).host).toBe('demo.two');
});

test('S41: a host that keeps dying is started again after 1, 2 seconds, never in a hot loop', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo');
  await daemon.online('web');
  const pauses: number[] = [];
  for (let death = 1; death <= 2; death++) {
    const exited = await killHost(daemon, 'demo');
    const starting = await onHost(daemon, 'hostStarting', 'demo', exited.seq);
    pauses.push((starting.monotonicUs - exited.monotonicUs) / 1000);
    await onlineAs(daemon, 'web', death + 1);
  }

  expect(pauses[0]).toBeGreaterThanOrEqual(1_000);
  expect(pauses[1]).toBeGreaterThanOrEqual(2_000);
});

test('S41: a host of one resource is quarantined after five deaths: online is refused with exit code 5 until it is unquarantined', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo', {}, { properties: { RestartDelay: 60_000 } });
  for (let death = 1; death <= 5; death++) {
    await daemon.online('web');
    await killHost(daemon, 'demo');
    if (death < 5) await daemon.client.event((event) => event.kind === 'restartScheduled' && event.incarnation === death);
  }
  expect(await onHost(daemon, 'hostQuarantined', 'demo')).toMatchObject({ deaths: 5 });
  const refused = await daemon.andon('online', 'web');
  expect(refused).toMatchObject({ code: 5 });
  expect(refused.stderr).toContain('quarantine');
  expect(await daemon.status('web')).toMatchObject({ wanted: 'Online' });
  expect(await daemon.andon('host', 'unquarantine', 'demo')).toMatchObject({ code: 0 });
  expect(await daemon.andon('online', 'web')).toMatchObject({ code: 0 });

  expect(await daemon.status('web')).toMatchObject({ state: 'Online', incarnation: 6 });
  const starts = daemon.journal().filter(({ event }: Entry) => event === 'hello');
  expect(starts).toHaveLength(6);
});
