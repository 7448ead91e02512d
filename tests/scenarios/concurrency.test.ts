import { expect, test } from 'vitest';
import { type Entry, TestDaemon } from '../support/daemon.ts';
import { callsOf, journalWhen, whenCalled } from '../support/host-calls.ts';
import { onlineAs, pipeOf, writeTo } from '../support/records.ts';

/** Calls and answers in the order in which the host saw and gave them. */
function sequence(entries: readonly Entry[]): readonly string[] {
  return entries
    .filter(({ event, method }) => (event === 'call' || event === 'answered') && method !== 'resourceControl' && method !== 'ping')
    .map(({ event, method, resource }) => `${event === 'call' ? '' : '/'}${method}${resource ? ` ${resource}` : ''}`);
}

/** Lets the host answer what it holds. */
function release(daemon: TestDaemon): void {
  const pid = daemon.journal().at(-1)?.pid;
  if (pid !== undefined) process.kill(pid, 'SIGUSR2');
}

// D-9
test('S35: on a serial host other calls queue behind a running entry point', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('slow', 'demo', { open: 'hold:ok' });
  await daemon.add('web', 'demo');
  await daemon.client.request('online', { names: ['slow'] });
  await whenCalled(daemon, 'open', 'slow');
  await daemon.client.request('online', { names: ['web'] });
  expect(daemon.calls('web')).toEqual([]);
  release(daemon);
  await onlineAs(daemon, 'web', 1);
  await onlineAs(daemon, 'slow', 1);

  const seen = sequence(daemon.journal());
  expect(seen.slice(0, 4)).toEqual(['startup', '/startup', 'open slow', '/open slow']);
  // One call at a time: every call is followed by its answer.
  for (let index = 0; index < seen.length; index += 2) expect(seen[index + 1]).toBe(`/${seen[index]}`);
});

test('S35: terminate does not wait for another instance of a serial host that is busy with an isAlive', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('busy', 'demo', { isAlive: 'hold:ok' }, { properties: { IsAlivePollInterval: 20 } });
  await daemon.add('web', 'demo');
  await daemon.online('busy', 'web');
  await whenCalled(daemon, 'isAlive', 'busy');
  writeTo(pipeOf(daemon, 'demo'), 'web@1 disk gone\n');
  await daemon.client.next('terminated', 'web');
  const before = daemon.journal();
  release(daemon);
  await onlineAs(daemon, 'web', 2);

  expect(before.filter(({ event, method }) => event === 'answered' && method === 'isAlive')).toEqual([]);
  // The online that follows is an ordinary call again and waited for its turn.
  expect(callsOf(before, 'online', 'web')).toHaveLength(1);
});

// D-9
test('S35: a host that says perResource gets calls of its other instances while one is busy', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', {}, '--concurrency', 'perResource');
  await daemon.add('slow', 'demo', { online: 'hold:ok' });
  await daemon.add('web', 'demo');
  await daemon.client.request('online', { names: ['slow', 'web'] });
  await onlineAs(daemon, 'web', 1);
  expect(await daemon.status('slow')).toMatchObject({ state: 'Initializing' });
  await whenCalled(daemon, 'online', 'slow');
  release(daemon);
  await onlineAs(daemon, 'slow', 1);
});

test('S35: a pending online does not occupy a serial host: fifty others go online meanwhile', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('pending', 'demo', { online: 'pending' });
  const names = Array.from({ length: 50 }, (_, index) => `web-${index}`);
  await Promise.all(names.map((name) => daemon.add(name, 'demo')));
  await daemon.client.request('online', { names: ['pending'] });
  await daemon.client.next('onlinePending', 'pending');
  await daemon.online(...names);

  expect(await daemon.status('pending')).toMatchObject({ state: 'OnlinePending' });
});

// D-11
test('S35: at most 64 calls are unanswered on one host, and the others follow as those are answered', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', {}, '--concurrency', 'perResource');
  const names = Array.from({ length: 100 }, (_, index) => `web-${index}`);
  await Promise.all(names.map((name) => daemon.add(name, 'demo', { online: 'hold:ok' })));
  await daemon.client.request('online', { names });
  const held = await journalWhen(daemon, (entries) => callsOf(entries, 'online').length >= 64);
  expect(mostUnanswered(held)).toBe(64);
  release(daemon);
  await journalWhen(daemon, (entries) => callsOf(entries, 'online').length === 100);
  release(daemon);
  await Promise.all(names.map((name) => onlineAs(daemon, name, 1)));

  expect(mostUnanswered(daemon.journal())).toBe(64);
});

function mostUnanswered(entries: readonly Entry[]): number {
  let unanswered = 0;
  let most = 0;
  for (const { event } of entries) {
    if (event === 'call') unanswered++;
    if (event === 'answered') unanswered--;
    most = Math.max(most, unanswered);
  }
  return most;
}

// D-10
test('S36: on a serial host terminate waits for an open of another instance, and goes before all that queues', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo');
  await daemon.add('slow', 'demo', { open: 'hold:ok' });
  await daemon.add('next', 'demo');
  await daemon.online('web');
  await daemon.client.request('online', { names: ['slow', 'next'] });
  await whenCalled(daemon, 'open', 'slow');
  writeTo(pipeOf(daemon, 'demo'), 'web@1 disk gone\n');
  await daemon.client.next('terminateCalled', 'web');
  expect(callsOf(daemon.journal(), 'terminate')).toEqual([]);
  release(daemon);
  await onlineAs(daemon, 'web', 2);
  await onlineAs(daemon, 'next', 1);

  const seen = sequence(daemon.journal());
  expect(seen.slice(seen.indexOf('/open slow')).slice(0, 2)).toEqual(['/open slow', 'terminate web']);
});

test('S36: on a serial host an open waits for a terminate that runs', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.scripted('elsewhere');
  await daemon.add('web', 'demo', { terminate: 'hold:ok' });
  await daemon.add('next', 'demo');
  await daemon.add('other', 'elsewhere');
  await daemon.online('web');
  const host = daemon.journal().at(-1)?.pid ?? 0;
  writeTo(pipeOf(daemon, 'demo'), 'web@1 disk gone\n');
  await whenCalled(daemon, 'terminate', 'web');
  await daemon.client.request('online', { names: ['next'] });
  // The start of another host takes long enough for a call that was sent to be seen.
  await daemon.online('other');
  process.kill(host, 'SIGUSR2');
  await daemon.client.next('terminated', 'web');
  await onlineAs(daemon, 'next', 1);

  const seen = sequence(daemon.journal());
  expect(seen.indexOf('open next')).toBeGreaterThan(seen.indexOf('/terminate web'));
});

test('S36: on a perResource host terminate waits for no open but that of its own instance', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', {}, '--concurrency', 'perResource');
  await daemon.add('web', 'demo');
  await daemon.add('slow', 'demo', { open: 'hold:ok' });
  await daemon.online('web');
  await daemon.client.request('online', { names: ['slow'] });
  await whenCalled(daemon, 'open', 'slow');
  writeTo(pipeOf(daemon, 'demo'), 'web@1 disk gone\n');
  await onlineAs(daemon, 'web', 2);

  expect(sequence(daemon.journal())).not.toContain('/open slow');
});

// D-10
test.each(['serial', 'perResource'])('S36: terminate never overlaps startup, open or close of its own lane: %s', async (concurrency) => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', {}, '--concurrency', concurrency);
  const names = Array.from({ length: 10 }, (_, index) => `web-${index}`);
  const script = { open: 'delay:5', close: 'delay:5', terminate: 'delay:5', online: 'delay:5' };
  const properties = { RestartThreshold: 100 };
  await Promise.all(names.map((name) => daemon.add(name, 'demo', script, { properties })));
  await daemon.online(...names);
  // Failures, offlines, removals and new resources, all at once.
  for (const name of names) writeTo(pipeOf(daemon, 'demo'), `${name}@1 disk gone\n`);
  const removed = names.slice(0, 5);
  await Promise.all(removed.map((name) => daemon.client.request('resourceRemove', { name, force: true })));
  await Promise.all(removed.map((name) => daemon.add(`again-${name}`, 'demo', script, { properties })));
  await daemon.online(...removed.map((name) => `again-${name}`));
  for (const name of removed) writeTo(pipeOf(daemon, 'demo'), `again-${name}@1 disk gone\n`);
  await Promise.all(removed.map((name) => onlineAs(daemon, `again-${name}`, 2)));

  expect(overlaps(daemon.journal(), concurrency)).toEqual([]);
});

const EXCLUSIVE = new Set(['startup', 'open', 'close']);

/** Pairs of calls, one of them a terminate, that ran at the same time and may not. */
function overlaps(entries: readonly Entry[], concurrency: string): readonly string[] {
  const running = new Map<string, Entry>();
  const found: string[] = [];
  for (const entry of entries) {
    const { event, id = '', method = '', resource } = entry;
    if (event === 'answered') running.delete(id);
    if (event !== 'call') continue;
    for (const other of running.values()) {
      const pair = [method, other.method ?? ''];
      const sameLane = concurrency === 'serial' || resource === other.resource;
      if (sameLane && pair.includes('terminate') && pair.some((one) => EXCLUSIVE.has(one))) found.push(`${other.id} and ${id}`);
    }
    running.set(id, entry);
  }
  return found;
}

// D-13
test('S37: the result of an online that terminate overtook is ignored', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo', { online: 'hold:ok' });
  await daemon.client.request('online', { names: ['web'] });
  await whenCalled(daemon, 'online', 'web');
  await daemon.client.request('offline', { names: ['web'] });
  await daemon.client.next('offline', 'web');
  release(daemon);
  await daemon.client.event((event) => event.kind === 'lateReplyIgnored' && event.resource === 'web');

  expect(await daemon.status('web')).toMatchObject({ state: 'Offline', contract: null });
  expect(daemon.client.kinds('web')).not.toContain('online');
  expect(sequence(daemon.journal()).slice(4)).toEqual(['online web', 'terminate web', '/terminate web', '/online web']);
});

// D-13
test('S37: an isAlive that terminate overtook changes nothing when it answers late', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo', { isAlive: 'hold:false' }, { properties: { IsAlivePollInterval: 20 } });
  await daemon.online('web');
  await whenCalled(daemon, 'isAlive', 'web');
  writeTo(pipeOf(daemon, 'demo'), 'web@1 disk gone\n');
  await daemon.client.next('terminated', 'web');
  release(daemon);
  await onlineAs(daemon, 'web', 2);

  expect(callsOf(daemon.journal(), 'terminate', 'web')).toHaveLength(1);
  expect(daemon.client.events.filter(({ kind }) => kind === 'failureReported')).toHaveLength(1);
});
