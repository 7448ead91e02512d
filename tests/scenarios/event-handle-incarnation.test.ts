import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { callsOf, journalWhen, whenCalled } from '../support/host-calls.ts';
import { onlineAs, pipeOf, recordCounts, writeTo } from '../support/records.ts';

/** Resolves once this resource has been Online for so long, as the calls of a polled neighbour tell. */
async function onlineFor(daemon: TestDaemon, name: string, ms: number): Promise<void> {
  const { monotonicUs } = await daemon.client.next('online', name);
  await journalWhen(daemon, (entries) => callsOf(entries, 'looksAlive').some(({ us }) => us > monotonicUs + ms * 1000));
}

test('S33: a record written before the reply to online fails that incarnation, once', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo', { online: 'failFirst' }, { properties: { RestartThreshold: 1, RetryPeriodOnFailure: null } });
  await daemon.client.request('online', { names: ['web'] });
  await daemon.client.next('restartsExhausted', 'web');

  const entries = daemon.journal();
  expect(callsOf(entries, 'terminate', 'web').map(({ incarnation }) => incarnation)).toEqual([1, 2]);
  expect(callsOf(entries, 'online', 'web').map(({ incarnation }) => incarnation)).toEqual([1, 2]);
  expect(await daemon.client.next('failureReported', 'web')).toMatchObject({
    reason: 'before the reply',
    source: 'failureRecord',
  });
});

test('S33: a record of a pending online is latched and acted upon the moment it is Online', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo', { online: 'pending' });
  await daemon.client.request('online', { names: ['web'] });
  await daemon.client.next('onlinePending', 'web');
  writeTo(pipeOf(daemon, 'demo'), 'web@1 too early\n');
  await daemon.client.next('failureLatched', 'web');
  expect(callsOf(daemon.journal(), 'terminate')).toEqual([]);
  await daemon.do('web', {
    action: 'report',
    report: { state: 'online', eventHandle: pipeOf(daemon, 'demo') },
  });
  await whenCalled(daemon, 'terminate', 'web');

  expect(await daemon.client.next('failureReported', 'web')).toMatchObject({
    reason: 'too early',
    incarnation: 1,
  });
});

test('S33: a bare record of a pending online is decided by one isAlive once it is Online', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo', { online: 'pending' });
  await daemon.client.request('online', { names: ['web'] });
  await daemon.client.next('onlinePending', 'web');
  // The record behind the bare one names nothing: its drop tells that both have been read.
  writeTo(pipeOf(daemon, 'demo'), 'web\nnobody@1\n');
  await daemon.client.event((event) => event.kind === 'recordDropped' && event['record'] === 'nobody@1');
  await daemon.do('web', {
    action: 'report',
    report: { state: 'online', eventHandle: pipeOf(daemon, 'demo') },
  });
  await daemon.client.next('recordDismissed', 'web');

  expect(callsOf(daemon.journal(), 'isAlive', 'web')).toHaveLength(1);
  expect(callsOf(daemon.journal(), 'terminate', 'web')).toEqual([]);
});

// D-34
test('S34: an ID of an older incarnation, or of an instance that is not Online, terminates nothing and is counted', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  for (const name of ['web', 'idle', 'other']) await daemon.add(name, 'demo');
  await daemon.online('web', 'idle', 'other');
  const pipe = pipeOf(daemon, 'demo');
  writeTo(pipe, 'web@1\n');
  await onlineAs(daemon, 'web', 2);
  await daemon.client.request('offline', { names: ['idle'] });
  await daemon.client.next('offline', 'idle');
  writeTo(pipe, 'web@1 late\nweb@3 of the future\nidle@1\nidle\nother@1\n');
  await onlineAs(daemon, 'other', 2);

  const terminates = callsOf(daemon.journal(), 'terminate').map(({ resource, incarnation }) => `${resource}@${incarnation}`);
  expect(terminates).toEqual(['web@1', 'other@1']);
  expect(callsOf(daemon.journal(), 'isAlive')).toEqual([]);
  expect(await recordCounts(daemon, 'demo')).toMatchObject({ received: 6, stale: 2, duplicate: 2 });
  for (const [record, why] of [
    ['web@1', 'stale'],
    ['web@3', 'stale'],
    ['idle@1', 'notOnline'],
    ['idle', 'notOnline'],
  ]) {
    await daemon.client.event((event) => event.kind === 'recordDropped' && event['record'] === record && event['why'] === why);
  }
});

// D-32
test('S34: repeated records of one incarnation terminate it once', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo');
  await daemon.online('web');
  writeTo(pipeOf(daemon, 'demo'), 'web@1\nweb@1\nweb@1\n');
  await onlineAs(daemon, 'web', 2);
  writeTo(pipeOf(daemon, 'demo'), 'web@2\nweb@2\n');
  await onlineAs(daemon, 'web', 3);

  expect(callsOf(daemon.journal(), 'terminate').map(({ incarnation }) => incarnation)).toEqual([1, 2]);
});

test('S34: a bare ID soon after online is verified, one that isAlive refutes is answered recordDismissed', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo');
  await daemon.online('web');
  writeTo(pipeOf(daemon, 'demo'), 'web\n');
  const entries = await journalWhen(daemon, (all) => all.some(({ event }) => event === 'notify'));

  expect(daemon.calls('web')).toEqual(['open', 'online', 'isAlive']);
  expect(entries.find(({ event }) => event === 'notify')).toMatchObject({
    method: 'recordDismissed',
    params: { resourceId: 'web', incarnation: 1 },
  });
});

test('S34: a bare ID soon after online fails what is not alive', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo', { isAlive: 'false' });
  await daemon.online('web');
  writeTo(pipeOf(daemon, 'demo'), 'web\n');
  await onlineAs(daemon, 'web', 2);

  expect(daemon.calls('web')).toEqual(['open', 'online', 'isAlive', 'terminate', 'online']);
});

test('S28: a bare ID later than two seconds after online acts at once', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo');
  await daemon.add('polled', 'demo', { online: 'poll:100:60000' });
  await daemon.online('web', 'polled');
  await onlineFor(daemon, 'web', 2_100);
  writeTo(pipeOf(daemon, 'demo'), 'web\n');
  await onlineAs(daemon, 'web', 2);

  expect(daemon.calls('web')).toEqual(['open', 'online', 'terminate', 'online']);
});

test('S34: requireIncarnation refuses bare IDs however long it is Online', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', { requireIncarnation: true });
  await daemon.add('web', 'demo');
  await daemon.add('polled', 'demo', { online: 'poll:100:60000' });
  await daemon.online('web', 'polled');
  await onlineFor(daemon, 'web', 2_100);
  writeTo(pipeOf(daemon, 'demo'), 'web\n');
  await daemon.client.event((event) => event.kind === 'recordDropped' && event['why'] === 'incarnationRequired');
  expect(daemon.calls('web')).toEqual(['open', 'online']);
  writeTo(pipeOf(daemon, 'demo'), 'web@1\n');
  await onlineAs(daemon, 'web', 2);

  expect(daemon.calls('web')).toEqual(['open', 'online', 'terminate', 'online']);
});

// D-35
test('S34: a bare ID that waits in the pipe when an online begins is drained, counted and logged, and never meets it', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo');
  await daemon.add('other', 'demo');
  await daemon.online('web', 'other');
  await daemon.client.request('offline', { names: ['web'] });
  await daemon.client.next('offline', 'web');
  // Both wait while the daemon is stopped; the request first, so that it is read first and the online drains the pipe.
  process.kill(daemon.pid, 'SIGSTOP');
  const asked = daemon.client.request('online', { names: ['web'] });
  writeTo(pipeOf(daemon, 'demo'), 'web\nother@1\n');
  process.kill(daemon.pid, 'SIGCONT');
  await asked;
  await onlineAs(daemon, 'web', 2);
  await onlineAs(daemon, 'other', 2);

  expect(await daemon.client.next('recordDropped', 'web')).toMatchObject({
    why: 'drained',
    record: 'web',
    count: 1,
  });
  expect(callsOf(daemon.journal(), 'terminate').map(({ resource }) => resource)).toEqual(['other']);
  expect(callsOf(daemon.journal(), 'isAlive')).toEqual([]);
});
