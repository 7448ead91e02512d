import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { called } from '../support/host-calls.ts';
import { onlineAs } from '../support/records.ts';

/** Resources of one host in a chain: each depends on the one before it. */
async function startChain(...names: string[]): Promise<TestDaemon> {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', {}, '--concurrency', 'perResource');
  for (const [index, name] of names.entries()) {
    await daemon.add(name, 'demo', {}, { dependsOn: index === 0 ? '' : `[${names[index - 1]}]` });
  }
  return daemon;
}

/** Calls of these entry points in the order of their arrival, as `online disk`. */
function order(daemon: TestDaemon, ...methods: string[]): string[] {
  return daemon
    .journal()
    .filter(({ event, method }) => event === 'call' && methods.includes(method ?? ''))
    .map(({ method, resource }) => `${method} ${resource}`);
}

async function states(daemon: TestDaemon, ...names: string[]): Promise<string[]> {
  const { resources } = await daemon.client.request('status', { names });
  return names.map((name) => {
    const { state, wanted } = resources.find((resource) => resource.name === name) ?? {};
    return `${name} ${state}, wanted ${wanted}`;
  });
}

test('S13: an online brings its providers first and says that it set them wanted too', async () => {
  const daemon = await startChain('disk', 'db', 'web');
  const { alsoWanted } = await daemon.client.request('online', { names: ['web'] });
  await daemon.client.next('online', 'web');

  expect(alsoWanted).toEqual(['disk', 'db']);
  expect(order(daemon, 'online')).toEqual(['online disk', 'online db', 'online web']);
  expect(await states(daemon, 'disk', 'db')).toEqual(['disk Online, wanted Online', 'db Online, wanted Online']);
});

test('S13: a dependent is not called before its pending provider is Online', async () => {
  const daemon = await startChain('disk', 'db');
  await daemon.client.request('resourceSet', { name: 'disk', set: { script: { online: 'pending' } } });
  await daemon.client.request('online', { names: ['db'] });
  await daemon.client.next('onlinePending', 'disk');
  expect(await daemon.client.next('waitingForProvider', 'db')).toMatchObject({ providers: ['disk'] });
  await daemon.do('disk', { action: 'report', report: { state: 'online' } });
  await daemon.client.next('online', 'db');

  const [open] = await called(daemon, 'db', 'open');
  const online = await daemon.client.next('online', 'disk');
  expect(open?.us).toBeGreaterThan(online.monotonicUs);
});

test('S13: an offline takes the dependents first, one after the other, and they stay wanted', async () => {
  const daemon = await startChain('disk', 'db', 'web');
  await daemon.online('disk', 'db', 'web');
  const { dependents } = await daemon.client.request('offline', { names: ['disk'] });
  await daemon.client.next('offline', 'disk');

  expect([...dependents].sort()).toEqual(['db', 'web']);
  expect(order(daemon, 'offline')).toEqual(['offline web', 'offline db', 'offline disk']);
  expect(await states(daemon, 'disk', 'db', 'web')).toEqual([
    'disk Offline, wanted Offline',
    'db Offline, wanted Online',
    'web Offline, wanted Online',
  ]);
  expect((await daemon.status('db')).statusText).toBe('waiting for provider disk');
});

test('S13: a failed provider is terminated at once, pulls its dependents down in order, and brings them back', async () => {
  const daemon = await startChain('disk', 'db', 'web');
  await daemon.online('disk', 'db', 'web');
  const after = daemon.client.seq;
  await daemon.do('disk', { action: 'write', text: 'disk@1 gone\n' });
  await daemon.client.next('online', 'web', after);

  expect(order(daemon, 'terminate', 'offline', 'online').slice(3)).toEqual([
    'terminate disk',
    'offline web',
    'offline db',
    'online disk',
    'online db',
    'online web',
  ]);
  const [, db] = (await daemon.client.request('status', { names: ['disk', 'db'] })).resources;
  expect(db).toMatchObject({ incarnation: 2, restarts: 0, lastFailure: null });
});

test('S13: a failed provider does not come online before its dependents are offline', async () => {
  const daemon = await startChain('disk', 'db');
  await daemon.online('disk', 'db');
  await daemon.do('db', { action: 'script', script: { offline: 'pending' } });
  await daemon.do('disk', { action: 'write', text: 'disk@1 gone\n' });
  await daemon.client.next('offlinePending', 'db');
  await daemon.client.next('restartScheduled', 'disk');
  // RestartDelay is over when the provider says that it has to wait.
  await daemon.client.next('offline', 'disk');
  await called(daemon, 'db', 'offline');
  await daemon.do('db', { action: 'report', report: { operationId: 'db@1/offline', state: 'offline' } });
  const online = await daemon.client.event(
    ({ kind, resource, incarnation }) => kind === 'online' && resource === 'disk' && incarnation === 2,
  );

  const offline = await daemon.client.next('offline', 'db');
  expect(online.seq).toBeGreaterThan(offline.seq);
});

test('S13: dependents of a provider that stays Failed wait for it, and return with it', async () => {
  const daemon = await startChain('disk', 'db');
  await daemon.client.request('resourceSet', {
    name: 'disk',
    properties: { RestartAction: 'DontRestart' },
  });
  await daemon.online('disk', 'db');
  await daemon.do('disk', { action: 'write', text: 'disk@1 gone\n' });
  await daemon.client.next('waitingForProvider', 'db', (await daemon.client.next('online', 'db')).seq);
  expect(await states(daemon, 'disk', 'db')).toEqual(['disk Failed, wanted Online', 'db Offline, wanted Online']);
  expect(await daemon.status('db')).toMatchObject({
    statusText: 'waiting for provider disk',
    waitingFor: ['disk'],
    lastFailure: null,
  });

  const after = daemon.client.seq;
  await daemon.online('disk');
  await daemon.client.next('online', 'db', after);
  expect(order(daemon, 'online')).toEqual(['online disk', 'online db', 'online disk', 'online db']);
});

test('S13: an automatic start never brings up a provider that is wanted Offline', async () => {
  const daemon = await startChain('disk', 'db');
  await daemon.online('disk', 'db');
  await daemon.client.request('offline', { names: ['disk'] });
  await daemon.client.next('offline', 'disk');
  await daemon.stop();
  await daemon.up();
  expect(await states(daemon, 'disk', 'db')).toEqual(['disk Offline, wanted Offline', 'db Offline, wanted Online']);

  await daemon.online('disk');
  await daemon.client.next('online', 'db');
  expect(order(daemon, 'online')).toEqual(['online disk', 'online db', 'online disk', 'online db']);
});

test('S14: of alternatives one provider suffices, and losing another one changes nothing', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  for (const name of ['left', 'right']) await daemon.add(name, 'demo');
  await daemon.add('web', 'demo', {}, { dependsOn: '[left] or [right]' });
  const { alsoWanted } = await daemon.client.request('online', { names: ['web'] });
  await daemon.client.next('online', 'web');
  expect(alsoWanted).toEqual(['left']);
  expect((await daemon.status('right')).state).toBe('Offline');

  await daemon.online('right');
  await daemon.do('left', { action: 'write', text: 'left@1 gone\n' });
  await daemon.client.event(({ kind, resource, incarnation }) => kind === 'online' && resource === 'left' && incarnation === 2);
  await daemon.client.request('offline', { names: ['left'] });
  await daemon.client.next('offline', 'left');
  expect(daemon.calls('web')).toEqual(['open', 'online']);

  await daemon.client.request('offline', { names: ['right'] });
  await daemon.client.next('offline', 'right');
  expect(order(daemon, 'offline')).toEqual(['offline left', 'offline web', 'offline right']);
});

test('S14: an alternative that comes up lets go of a resource that waits to be stopped', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', {}, '--concurrency', 'perResource');
  await daemon.add('disk', 'demo', {}, { properties: { RestartDelay: 0 } });
  await daemon.add('mirror', 'demo', {}, { dependsOn: '[disk]' });
  await daemon.add('source', 'demo');
  await daemon.add('web', 'demo', {}, { dependsOn: '[mirror] or [source]' });
  await daemon.online('disk', 'mirror', 'web');
  await daemon.client.request('offline', { names: ['source'] });
  // Nothing holds web but mirror, so that mirror cannot go before web does, and disk cannot come back before mirror went.
  await daemon.client.request('fail', { name: 'disk' });
  await daemon.client.next('terminated', 'disk');
  await daemon.client.request('online', { names: ['source'] });
  await Promise.all(['disk', 'mirror'].map((name) => onlineAs(daemon, name, 2)));

  // web itself may be on its way back, if it had gone before its other provider came.
  await expect
    .poll(() => states(daemon, 'disk', 'mirror', 'source', 'web'))
    .toEqual(['disk Online, wanted Online', 'mirror Online, wanted Online', 'source Online, wanted Online', 'web Online, wanted Online']);
});
