import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TypeName } from '@andon/protocol';
import { expect, test } from 'vitest';
import { isRunning } from '../integration/resource-host/applications.ts';
import { SCRIPTED_HOST, TestDaemon } from '../support/daemon.ts';
import { happened } from '../support/history.ts';
import { callsOf, journalWhen, whenCalled } from '../support/host-calls.ts';
import { addLibrary, libraryType } from '../support/library-host.ts';
import { onlineAs, pipeOf, writeTo } from '../support/records.ts';

/** Calls in the order in which the hosts got them, after the first `skip`. */
function order(daemon: TestDaemon, skip: number, ...methods: string[]): readonly string[] {
  return daemon
    .journal()
    .slice(skip)
    .filter(({ event, method }) => event === 'call' && methods.includes(method ?? ''))
    .map(({ method, resource }) => `${method} ${resource}`);
}

async function pidOf(daemon: TestDaemon, name: string): Promise<number> {
  return (await daemon.status(name)).monitorProcessId ?? 0;
}

test('S44: when no daemon comes within the orphan period, a host takes its resources offline in reverse order and ends', async () => {
  const daemon = await TestDaemon.start({ ANDON_ORPHAN_PERIOD_MS: '300' });
  await libraryType(daemon);
  await addLibrary(daemon, 'one', 'two', 'three');
  for (const name of ['one', 'two', 'three']) await daemon.online(name);
  const pid = await pidOf(daemon, 'one');
  await daemon.crash();
  await journalWhen(daemon, (entries) => callsOf(entries, 'offline').length === 3);
  expect(order(daemon, 0, 'offline')).toEqual(['offline three', 'offline two', 'offline one']);
  await daemon.up();
  for (const name of ['one', 'two', 'three'])
    await happened(daemon, (event) => event.kind === 'online' && event.resource === name && event.incarnation === 2);

  expect(await pidOf(daemon, 'one')).not.toBe(pid);
  expect(callsOf(daemon.journal(), 'terminate')).toEqual([]);
});

test('S44: "andon down --leave-resources" leaves hosts and resources running for the next daemon', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo');
  await daemon.online('web');
  const pid = await pidOf(daemon, 'web');
  expect(await daemon.andon('down', '--leave-resources')).toMatchObject({ code: 0 });
  writeTo(pipeOf(daemon, 'demo'), 'web@1 meanwhile\n');
  await daemon.up();
  await happened(daemon, (event) => event.kind === 'online' && event.resource === 'web' && event.incarnation === 2);

  expect(await pidOf(daemon, 'web')).toBe(pid);
  // One isAlive belongs to the adoption itself; it may have been asked before the record was read.
  expect(daemon.calls('web').filter((call) => call !== 'isAlive')).toEqual(['open', 'online', 'terminate', 'online']);
});

test('S44: SIGTERM takes resources offline in the order of their dependencies and ends the hosts; the next daemon restores them in order', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', {}, '--concurrency', 'perResource');
  await daemon.scripted('backend', {}, '--concurrency', 'perResource');
  await daemon.add('db', 'backend');
  await daemon.add('app', 'demo', {}, { dependsOn: '[db]' });
  await daemon.add('web', 'demo', {}, { dependsOn: '[app]' });
  await daemon.add('off', 'demo');
  await daemon.online('web', 'db', 'app');
  const pid = await pidOf(daemon, 'web');
  expect(await daemon.stop()).toBe(0);
  expect(order(daemon, 0, 'offline', 'terminate')).toEqual(['offline web', 'offline app', 'offline db']);
  expect(existsSync(`/proc/${pid}/exe`)).toBe(false);
  expect(daemon.journal().filter(({ event }) => event === 'goodbye')).toHaveLength(2);
  const before = daemon.journal().length;
  await daemon.up();
  await happened(daemon, (event) => event.kind === 'online' && event.resource === 'web' && event.incarnation === 2);

  expect(order(daemon, before, 'online')).toEqual(['online db', 'online app', 'online web']);
  expect(await daemon.status('off')).toMatchObject({ state: 'Offline', incarnation: 0 });
});

test('S44: "andon down" keeps what is wanted, and what failed to go offline is terminated', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo', { offline: 'error' });
  await daemon.online('web');
  expect(await daemon.andon('down')).toMatchObject({ code: 0 });
  expect(order(daemon, 0, 'offline', 'terminate')).toEqual(['offline web', 'terminate web']);
  await daemon.up();
  await happened(daemon, (event) => event.kind === 'online' && event.resource === 'web' && event.incarnation === 2);

  expect(await daemon.status('web')).toMatchObject({ wanted: 'Online' });
});

test('S44: a second signal ends the daemon at once and leaves the hosts to the next', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', {}, '--concurrency', 'perResource');
  await daemon.add('web', 'demo');
  await daemon.add('slow', 'demo', { offline: 'hold:ok' });
  await daemon.online('slow', 'web');
  const pid = await pidOf(daemon, 'slow');
  const ended = daemon.stop();
  await whenCalled(daemon, 'offline', 'slow');
  process.kill(daemon.pid, 'SIGTERM');
  expect(await ended).toBe(0);
  expect(existsSync(`/proc/${pid}/exe`)).toBe(true);
  await daemon.up();
  await whenCalled(daemon, 'offline', 'slow', 2);
  process.kill(pid, 'SIGUSR2');
  for (const name of ['web', 'slow'])
    await happened(daemon, (event) => event.kind === 'online' && event.resource === name && event.incarnation === 2);

  expect(await pidOf(daemon, 'slow')).toBe(pid);
});

test('S44: "andon down" leaves nothing of a host behind, not even a helper that the host forgot', async () => {
  const daemon = await TestDaemon.start();
  const helper = join(daemon.folder, 'helper.pid');
  const host = [process.execPath, SCRIPTED_HOST, '--journal', daemon.journalPath];
  const command = ['/bin/sh', '-c', 'sleep 600 & echo $! > "$0"; exec "$@"', helper, ...host];
  await daemon.client.request('typeRegister', { type: { name: TypeName.parse('demo'), command } });
  await daemon.add('web', 'demo');
  await daemon.online('web');
  const pid = Number(readFileSync(helper, 'utf8'));
  expect(isRunning(pid)).toBe(true);
  expect(await daemon.stop()).toBe(0);

  expect(isRunning(pid)).toBe(false);
});

test('S44: "andon down" does not sit out the back-off of a host before it looks for what the dead one left running', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo', {}, { properties: { RestartThreshold: 100 } });
  await daemon.online('web');
  // Each death doubles the pause: 1, 2, 4, 8 s.
  for (const incarnation of [2, 3, 4]) {
    process.kill(await pidOf(daemon, 'web'), 'SIGKILL');
    await onlineAs(daemon, 'web', incarnation);
  }
  process.kill(await pidOf(daemon, 'web'), 'SIGKILL');
  await daemon.client.event(({ kind, seq }) => kind === 'hostExited' && seq > daemon.client.seq - 3);
  const begun = performance.now();
  expect(await daemon.stop()).toBe(0);

  expect(performance.now() - begun).toBeLessThan(6_000);
  expect(callsOf(daemon.journal(), 'open', 'web')).toHaveLength(5);
});
