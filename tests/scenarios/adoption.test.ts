import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { happened } from '../support/history.ts';
import { callsOf, journalWhen, whenCalled } from '../support/host-calls.ts';
import { pipeOf, writeTo } from '../support/records.ts';

/** Resolves once `name` is Online under this incarnation, whichever daemon brought it there. */
function onlineSince(daemon: TestDaemon, name: string, incarnation: number): Promise<unknown> {
  return happened(daemon, (event) => event.kind === 'online' && event.resource === name && event.incarnation === incarnation);
}

// D-27
test('S44: after kill -9 the next daemon finds the same host process, the same pipe and its instances Online, and calls nothing but one isAlive each', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo');
  await daemon.add('polled', 'demo', { online: 'poll' });
  await daemon.online('web', 'polled');
  const inode = statSync(pipeOf(daemon, 'demo')).ino;
  const { monitorProcessId } = await daemon.status('web');
  await daemon.crash();
  await daemon.up();
  await happened(daemon, (event) => event.kind === 'recordDismissed' && event.resource === 'web');

  expect(daemon.calls('web')).toEqual(['open', 'online', 'isAlive']);
  expect(callsOf(daemon.journal(), 'startup')).toHaveLength(1);
  expect(callsOf(daemon.journal(), 'online')).toHaveLength(2);
  expect(statSync(pipeOf(daemon, 'demo')).ino).toBe(inode);
  for (const name of ['web', 'polled'])
    expect(await daemon.status(name)).toMatchObject({ state: 'Online', incarnation: 1, monitorProcessId });
  expect(await happened(daemon, ({ kind }) => kind === 'hostAdopted')).toMatchObject({
    pid: monitorProcessId,
    resources: 2,
  });
});

// D-31, D-37
test('S44: records written while no daemon runs are acted upon by the next, once', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', {}, '--remembers');
  await daemon.add('web', 'demo');
  await daemon.add('other', 'demo');
  await daemon.online('web', 'other');
  const made = await daemon.do('web', {
    action: 'ask',
    method: 'createEventHandle',
    params: { name: 'extra' },
  });
  // Held open for reading and writing, as a host holds what it asked for: so the pipe outlives the daemon.
  const extra = openSync((made as { result: { eventHandle: string } }).result.eventHandle, 'r+');
  await daemon.crash();
  writeTo(pipeOf(daemon, 'demo'), 'web@1 while dead\nweb@1 told again\n');
  writeSync(extra, 'other@1 elsewhere\n');
  await daemon.up();
  closeSync(extra);
  await onlineSince(daemon, 'web', 2);
  await onlineSince(daemon, 'other', 2);

  const terminates = callsOf(daemon.journal(), 'terminate').map(({ resource, incarnation }) => `${resource}@${incarnation}`);
  expect(terminates.toSorted()).toEqual(['other@1', 'web@1']);
  expect(await happened(daemon, (event) => event.kind === 'failureReported' && event.resource === 'web')).toMatchObject({
    reason: 'while dead',
  });
});

// D-36
test('S44: what is left of a record whose beginning died with the daemon is made up for by isAlive', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('dead', 'demo', { isAlive: 'false' });
  await daemon.add('alive', 'demo');
  await daemon.online('dead', 'alive');
  writeTo(pipeOf(daemon, 'demo'), 'dead@1 disk');
  await daemon.client.next('recordUnterminated');
  await daemon.crash();
  writeTo(pipeOf(daemon, 'demo'), ' gone\n');
  await daemon.up();
  await onlineSince(daemon, 'dead', 2);
  await happened(daemon, (event) => event.kind === 'recordDismissed' && event.resource === 'alive');

  expect(daemon.calls('dead')).toEqual(['open', 'online', 'isAlive', 'terminate', 'online']);
  expect(await daemon.status('alive')).toMatchObject({ state: 'Online', incarnation: 1 });
});

// D-26
test.each([
  ['terminate', { terminate: 'hold:ok' }, (daemon: TestDaemon) => writeTo(pipeOf(daemon, 'demo'), 'web@1\n')],
  ['offline', { offline: 'hold:ok' }, (daemon: TestDaemon) => daemon.client.request('offline', { names: ['web'] })],
  ['online', { online: 'hold:ok' }, () => undefined],
] as const)('S44: %s in flight when the daemon dies is sent again under the same id', async (method, script, provoke) => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo', script);
  await daemon.client.request('online', { names: ['web'] });
  if (method !== 'online') await daemon.client.next('online', 'web');
  await provoke(daemon);
  await whenCalled(daemon, method, 'web');
  await daemon.crash();
  await daemon.up();
  const entries = await whenCalled(daemon, method, 'web', 2);
  expect(callsOf(entries, method, 'web').map(({ id }) => id)).toEqual([`web@1/${method}`, `web@1/${method}`]);
  process.kill(entries[0]?.pid ?? 0, 'SIGUSR2');
  const after = { terminate: 'terminated', offline: 'offline', online: 'online' }[method];
  await daemon.client.next(after, 'web');

  expect(callsOf(daemon.journal(), method, 'web').filter(({ incarnation }) => incarnation === 1)).toHaveLength(2);
});

test('S44: a host that died together with its daemon is lost: its instances are opened anew and looked for', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo');
  await daemon.online('web');
  const { monitorProcessId } = await daemon.status('web');
  await daemon.crash();
  process.kill(monitorProcessId ?? 0, 'SIGKILL');
  await daemon.up();
  await onlineSince(daemon, 'web', 2);

  expect(callsOf(daemon.journal(), 'open', 'web').map(({ recover }) => recover)).toEqual([false, true]);
  expect(new Set(daemon.journal().map(({ pid }) => pid)).size).toBe(2);
});

test('S41: the death of an adopted host, which is no child of this daemon, is noticed and answered as any other', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo');
  await daemon.online('web');
  const { monitorProcessId } = await daemon.status('web');
  await daemon.crash();
  await daemon.up();
  await happened(daemon, ({ kind }) => kind === 'hostAdopted');
  const killedUs = Number(process.hrtime.bigint() / 1000n);
  process.kill(monitorProcessId ?? 0, 'SIGKILL');
  const exited = await daemon.client.next('hostExited');

  expect(exited).toMatchObject({ pid: monitorProcessId });
  expect(exited.monotonicUs - killedUs).toBeLessThan(500_000);
  await onlineSince(daemon, 'web', 2);
});

test('S39: the watchdog holds for adopted hosts too', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', { DeadlockTimeout: 1_000 });
  await daemon.add('web', 'demo', { terminate: 'hang' });
  await daemon.online('web');
  await daemon.crash();
  await daemon.up();
  await happened(daemon, (event) => event.kind === 'recordDismissed');
  writeTo(pipeOf(daemon, 'demo'), 'web@1\n');

  expect(await daemon.client.next('deadlock', 'web')).toMatchObject({
    host: 'demo',
    type: 'demo',
    call: 'terminate',
  });
  await daemon.client.next('hostExited');
  await onlineSince(daemon, 'web', 2);
});

test('S44: a host whose connection breaks and comes back keeps everything', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo');
  await daemon.online('web');
  await daemon.do('web', { action: 'disconnect' });
  await daemon.client.next('hostReconnected');
  writeTo(pipeOf(daemon, 'demo'), 'web@1\n');
  await onlineSince(daemon, 'web', 2);

  const hellos = await journalWhen(daemon, (entries) => entries.filter(({ event }) => event === 'hello').length === 2);
  expect(new Set(hellos.map(({ pid }) => pid)).size).toBe(1);
  expect(daemon.calls('web')).toEqual(['open', 'online', 'resourceControl', 'terminate', 'online']);
});

test('S44: a daemon that dies while a resource is being opened starts no second host beside the one that lives', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', {}, '--concurrency', 'perResource');
  await daemon.add('first', 'demo');
  await daemon.add('late', 'demo', { open: 'hold:ok' });
  await daemon.online('first');
  await daemon.client.request('online', { names: ['late'] });
  await whenCalled(daemon, 'open', 'late');
  await daemon.crash();
  await daemon.up();
  await daemon.client.next('online', 'late');

  const { events } = await daemon.client.request('events', {});
  expect(events.filter(({ kind }) => kind === 'hostStarting')).toHaveLength(1);
});
