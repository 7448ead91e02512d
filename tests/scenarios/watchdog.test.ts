import { setTimeout as delay } from 'node:timers/promises';
import type { AndonEvent } from '@andon/protocol';
import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { callsOf, journalWhen } from '../support/host-calls.ts';
import { onlineAs, pipeOf, writeTo } from '../support/records.ts';

interface Hang {
  readonly script: Readonly<Record<string, string>>;
  readonly properties?: Readonly<Record<string, unknown>>;
  /** Brings the daemon to make the call that hangs. */
  provoke(daemon: TestDaemon, name: string): Promise<unknown>;
}

const online = (daemon: TestDaemon, name: string): Promise<unknown> => daemon.client.request('online', { names: [name] });
/** Its rejection, when the host is killed, is no news. */
const unanswered = (request: Promise<unknown>): Promise<void> =>
  request.then(
    () => undefined,
    () => undefined,
  );

const HANGS: Readonly<Record<string, Hang>> = {
  open: { script: { open: 'hang' }, provoke: online },
  online: { script: { online: 'hang' }, provoke: online },
  looksAlive: { script: { online: 'poll:20:60000', looksAlive: 'hang' }, provoke: online },
  isAlive: { script: { isAlive: 'hang' }, properties: { IsAlivePollInterval: 20 }, provoke: online },
  offline: {
    script: { offline: 'hang' },
    provoke: async (daemon, name) => {
      await daemon.online(name);
      await daemon.client.request('offline', { names: [name] });
    },
  },
  terminate: {
    script: { terminate: 'hang' },
    properties: { DeadlockTimeout: 60_000, TerminateTimeout: 1_000 },
    provoke: async (daemon, name) => {
      await daemon.online(name);
      writeTo(pipeOf(daemon, 'on-terminate'), `${name}@1\n`);
    },
  },
  close: {
    script: { close: 'hang' },
    provoke: async (daemon, name) => {
      await daemon.online(name);
      void unanswered(daemon.client.request('resourceRemove', { name, force: true }));
    },
  },
  resourceControl: {
    script: {},
    provoke: async (daemon, name) => {
      await daemon.online(name);
      void unanswered(daemon.do(name, { action: 'hang' }));
    },
  },
};

// D-12
test('S39: a call that hangs in any entry point is told of once with resource, type, host, call and limit, and its host is killed and restarted', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('elsewhere');
  await daemon.add('other', 'elsewhere');
  await daemon.online('other');
  await Promise.all(Object.entries(HANGS).map(([call, hang]) => hangsOnce(daemon, call, hang)));

  expect(await daemon.status('other')).toMatchObject({ state: 'Online', incarnation: 1, restarts: 0 });
  expect(callsOf(daemon.journal(), 'open', 'other')).toHaveLength(1);
});

async function hangsOnce(daemon: TestDaemon, call: string, { script, properties = {}, provoke }: Hang): Promise<void> {
  const type = `on-${call}`;
  await daemon.scripted(type, { DeadlockTimeout: 1_000 });
  await daemon.add(`${call}-bad`, type, script, {
    properties: { RestartAction: 'DontRestart', ...properties },
  });
  await daemon.add(`${call}-good`, type);
  await daemon.online(`${call}-good`);
  await provoke(daemon, `${call}-bad`);
  const deadlock = await daemon.client.event((event) => event.kind === 'deadlock' && event.host === type);
  const [first] = daemon.client.events.filter((event) => event.kind === 'hostStarted' && event.host === type);
  const again = await onHost(daemon, type, 'hostStarted', deadlock.seq);
  await onlineAs(daemon, `${call}-good`, 2);

  expect(deadlock).toMatchObject({ resource: `${call}-bad`, type, host: type, call });
  expect(deadlock['limitMs']).toBe(1_000);
  expect(Number(deadlock['elapsedMs'])).toBeGreaterThanOrEqual(1_000);
  expect(await onHost(daemon, type, 'hostKilled')).toMatchObject({ pid: first?.['pid'], scope: 'tree' });
  expect(await onHost(daemon, type, 'hostExited')).toMatchObject({ pid: first?.['pid'] });
  expect(again['pid']).not.toBe(first?.['pid']);
  expect(await daemon.client.next('hostSeparated', `${call}-bad`)).toMatchObject({ from: type });
  expect(daemon.client.events.filter((event) => event.kind === 'deadlock' && event.host === type)).toHaveLength(1);
}

function onHost(daemon: TestDaemon, host: string, kind: string, afterSeq = 0): Promise<AndonEvent> {
  return daemon.client.event((event) => event.kind === kind && event.host === host && event.seq > afterSeq);
}

test('S39: a startup that hangs ends its host after its limit', { timeout: 60_000 }, async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', {}, '--startup', 'hang');
  await daemon.add('web', 'demo');
  await daemon.client.request('online', { names: ['web'] });
  const deadlock = await daemon.client.next('deadlock', null, 0, 45_000);

  expect(deadlock).toMatchObject({ host: 'demo', call: 'startup', limitMs: 30_000 });
  await daemon.client.next('hostExited');
  expect(callsOf(daemon.journal(), 'open')).toEqual([]);
});

// D-12
test('S39: what hung is open in a host of its own afterwards, and its neighbours are not', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', { DeadlockTimeout: 1_000 });
  await daemon.add('bad', 'demo');
  await daemon.add('good', 'demo');
  await daemon.online('bad', 'good');
  await unanswered(daemon.do('bad', { action: 'hang' }));
  await onlineAs(daemon, 'bad', 2);
  await onlineAs(daemon, 'good', 2);

  expect(await daemon.status('bad')).toMatchObject({ host: 'demo.bad', state: 'Online' });
  expect(await daemon.status('good')).toMatchObject({ host: 'demo', state: 'Online' });
  const reopened = callsOf(daemon.journal(), 'open').slice(2);
  expect(reopened.map(({ resource, recover }) => ({ resource, recover }))).toEqual(
    expect.arrayContaining([
      { resource: 'bad', recover: true },
      { resource: 'good', recover: true },
    ]),
  );
});

test('S40: an extended control call gets the new limit, and only that call', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', { DeadlockTimeout: 1_000 });
  await daemon.add('web', 'demo');
  await daemon.online('web');
  expect(await daemon.do('web', { action: 'askExtend', ms: 5_000, sleepMs: 1_500 })).toBeNull();
  expect(daemon.client.events.filter(({ kind }) => kind === 'deadlock')).toEqual([]);
  expect(
    await daemon.do('web', {
      action: 'ask',
      method: 'extendControl',
      params: { callId: 'web@1/online', ms: 9_000 },
    }),
  ).toMatchObject({ ok: false, error: { code: 'invalidState' } });
  await unanswered(daemon.do('web', { action: 'hang' }));

  expect(await daemon.client.next('deadlock', 'web')).toMatchObject({
    call: 'resourceControl',
    limitMs: 1_000,
  });
});

// D-15, D-28
test('S42: while a killed host has not exited no second one is started, and that is told', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', { DeadlockTimeout: 1_000, killScope: 'none' });
  await daemon.add('web', 'demo');
  await daemon.online('web');
  void unanswered(daemon.do('web', { action: 'hang' }));
  const pid = Number((await daemon.client.next('hostNotGone'))['pid']);
  // Asking for it changes nothing, nor does what follows in the same turns of the daemon.
  await daemon.client.request('online', { names: ['web'] });
  const { hosts } = await daemon.client.request('hostList', {});
  expect(hosts.find(({ id }) => id === 'demo')).toMatchObject({
    pid,
    trouble: `process ${pid} was killed and is not gone`,
  });
  expect(daemon.client.events.filter(({ kind }) => kind === 'hostStarting')).toHaveLength(1);
  process.kill(pid, 'SIGKILL');
  await onlineAs(daemon, 'web', 2);

  const pids = new Set((await journalWhen(daemon, (entries) => callsOf(entries, 'online').length === 2)).map((entry) => entry.pid));
  expect(pids.size).toBe(2);
});

test('S39: a daemon that was stopped hears the answers that came meanwhile before it calls them late', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', { DeadlockTimeout: 1_000 });
  await daemon.add('web', 'demo', { online: 'hold:event' });
  await daemon.client.request('online', { names: ['web'] });
  const [call] = callsOf(await journalWhen(daemon, (entries) => callsOf(entries, 'online').length === 1), 'online');
  process.kill(daemon.pid, 'SIGSTOP');
  process.kill(call?.pid ?? 0, 'SIGUSR2');
  // The limit of the call passes while nobody is there to notice.
  await delay(1_200);
  process.kill(daemon.pid, 'SIGCONT');
  await daemon.client.next('online', 'web');

  expect(daemon.client.events.filter(({ kind }) => kind === 'deadlock' || kind === 'hostKilled')).toEqual([]);
});
