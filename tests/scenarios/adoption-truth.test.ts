import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { happened } from '../support/history.ts';
import { callsOf, journalWhen, whenCalled } from '../support/host-calls.ts';
import { pipeOf, writeTo } from '../support/records.ts';

/** What a host claims in its hello to the next daemon, against what that daemon has stored: Online under incarnation 1. */
async function adopted(claims: Readonly<Record<string, object | null>>, properties: object = {}): Promise<TestDaemon> {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('honest', 'demo');
  const names = Object.keys(claims).filter((name) => name !== 'stranger');
  for (const name of names) await daemon.add(name, 'demo', {}, { properties });
  await daemon.online('honest', ...names);
  for (const [name, resource] of Object.entries(claims)) await daemon.do('honest', { action: 'pretend', name, resource });
  await daemon.crash();
  await daemon.up();
  await happened(daemon, (event) => event.kind === 'recordDismissed' && event.resource === 'honest');
  return daemon;
}

function onlineSince(daemon: TestDaemon, name: string, incarnation: number): Promise<unknown> {
  return happened(daemon, (event) => event.kind === 'online' && event.resource === name && event.incarnation === incarnation);
}

// D-29
test('S44: a host with a later incarnation is believed: the store is raised and nothing is terminated', async () => {
  const daemon = await adopted({ ahead: { incarnation: 5, state: 'Online' } });
  await onlineSince(daemon, 'ahead', 5);
  expect(callsOf(daemon.journal(), 'terminate')).toEqual([]);
  writeTo(pipeOf(daemon, 'demo'), 'ahead@1 stale\nahead@5 disk gone\n');
  await onlineSince(daemon, 'ahead', 6);

  expect(callsOf(daemon.journal(), 'terminate').map(({ incarnation }) => incarnation)).toEqual([5]);
});

// D-14, D-29
test('S44: a host with an earlier incarnation Online has that one terminated, and the next is higher than both', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('behind', 'demo');
  await daemon.online('behind');
  writeTo(pipeOf(daemon, 'demo'), 'behind@1\n');
  await onlineSince(daemon, 'behind', 2);
  await daemon.do('behind', { action: 'pretend', resource: { incarnation: 1, state: 'Online' } });
  await daemon.crash();
  await daemon.up();
  await onlineSince(daemon, 'behind', 3);

  expect(callsOf(daemon.journal(), 'terminate').map(({ incarnation }) => incarnation)).toEqual([1, 1]);
});

// D-29
test('S44: a host that says failed is answered with terminate under the normal id', async () => {
  const daemon = await adopted({ flagged: { failed: true }, down: { state: 'Failed' } });
  for (const name of ['flagged', 'down']) await onlineSince(daemon, name, 2);

  const terminates = callsOf(daemon.journal(), 'terminate').map(({ id }) => id);
  expect(terminates.toSorted()).toEqual(['down@1/terminate', 'flagged@1/terminate']);
  expect(await happened(daemon, (event) => event.kind === 'failureReported' && event.resource === 'flagged')).toMatchObject({
    source: 'adoption',
  });
});

// D-29
test('S44: what the host has terminated already is not terminated again, and goes on by policy', async () => {
  const daemon = await adopted({ done: { state: 'Failed', lastOp: { id: 'done@1/terminate', ok: true } } });
  await onlineSince(daemon, 'done', 2);

  expect(callsOf(daemon.journal(), 'terminate')).toEqual([]);
});

test('S44: what the host has offline is brought to what is wanted of it', async () => {
  const daemon = await adopted({ stopped: { state: 'Offline' } });
  await onlineSince(daemon, 'stopped', 2);

  expect(callsOf(daemon.journal(), 'terminate')).toEqual([]);
  expect(callsOf(daemon.journal(), 'open', 'stopped')).toHaveLength(1);
});

test('S44: what the living host knows nothing of is lost, opened and brought online again', async () => {
  const daemon = await adopted({ gone: null });
  await onlineSince(daemon, 'gone', 2);

  expect(await happened(daemon, (event) => event.kind === 'failed' && event.resource === 'gone')).toMatchObject({ source: 'adoption' });
  expect(callsOf(daemon.journal(), 'open', 'gone').map(({ recover }) => recover)).toEqual([false, true]);
});

// D-29
test('S44: what the daemon knows nothing of is terminated and closed', async () => {
  const daemon = await adopted({ stranger: { incarnation: 3, state: 'Online' } });
  await whenCalled(daemon, 'close', 'stranger');

  expect(daemon.calls('stranger')).toEqual(['terminate', 'close']);
  expect(callsOf(daemon.journal(), 'terminate').map(({ id }) => id)).toEqual(['stranger@3/terminate']);
});

test('S44: what is wanted Offline and found Online is terminated', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo');
  await daemon.add('keeper', 'demo');
  await daemon.online('web', 'keeper');
  await daemon.client.request('offline', { names: ['web'] });
  await daemon.client.next('offline', 'web');
  await daemon.do('keeper', {
    action: 'pretend',
    name: 'web',
    resource: { incarnation: 1, state: 'Online' },
  });
  await daemon.crash();
  await daemon.up();
  await whenCalled(daemon, 'terminate', 'web');
  await happened(daemon, (event) => event.kind === 'terminated' && event.resource === 'web');

  expect(await daemon.status('web')).toMatchObject({ state: 'Offline', wanted: 'Offline' });
  expect(await daemon.status('keeper')).toMatchObject({ state: 'Online', incarnation: 1 });
});

test('S44: a pending online goes on under the next daemon', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', {}, '--remembers');
  await daemon.add('web', 'demo', { online: 'pending' });
  await daemon.client.request('online', { names: ['web'] });
  await daemon.client.next('onlinePending', 'web');
  await daemon.crash();
  await daemon.up();
  await journalWhen(daemon, (entries) => entries.some(({ event, id }) => event === 'repeated' && id === 'web@1/online'));
  await happened(daemon, ({ kind }) => kind === 'hostAdopted');
  await daemon.do('web', {
    action: 'report',
    report: { state: 'online', checkpoint: 2, eventHandle: pipeOf(daemon, 'demo') },
  });
  await onlineSince(daemon, 'web', 1);

  expect(callsOf(daemon.journal(), 'online')).toHaveLength(1);
});
