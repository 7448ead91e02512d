import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { happened } from '../support/history.ts';
import { callsOf, journalWhen } from '../support/host-calls.ts';
import { pipeOf, writeTo } from '../support/records.ts';

/** Changes the identity under which the store knows the host `demo`, as a reused pid or another boot would make it differ. */
function storeIdentity(daemon: TestDaemon, change: object): void {
  const database = new DatabaseSync(join(daemon.folder, 'state', 'andon.db'));
  const { record } = database.prepare('SELECT record FROM hosts WHERE host = ?').get('demo') ?? {};
  const host: { readonly identity: object } = JSON.parse(String(record));
  const changed = { ...host, identity: { ...host.identity, ...change } };
  database.prepare('UPDATE hosts SET record = ? WHERE host = ?').run(JSON.stringify(changed), 'demo');
  database.close();
}

function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
}

async function withWeb(): Promise<{ readonly daemon: TestDaemon; readonly host: number }> {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', {}, '--remembers');
  await daemon.add('web', 'demo');
  await daemon.online('web');
  return { daemon, host: (await daemon.status('web')).monitorProcessId ?? 0 };
}

function onlineSince(daemon: TestDaemon, incarnation: number): Promise<unknown> {
  return happened(daemon, (event) => event.kind === 'online' && event.resource === 'web' && event.incarnation === incarnation);
}

test('S44: a stranger that got the pid of a dead host is neither adopted nor killed', async () => {
  const { daemon, host } = await withWeb();
  await daemon.crash();
  process.kill(host, 'SIGKILL');
  const stranger = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
  onTestFinished(() => void stranger.kill('SIGKILL'));
  // Its number is stored, and the start time of the host that had it.
  storeIdentity(daemon, { pid: stranger.pid });
  await daemon.up();
  await onlineSince(daemon, 2);

  expect(stateOf(stranger.pid ?? 0)).toMatch(/[RS]/);
  expect((await daemon.status('web')).monitorProcessId).not.toBe(stranger.pid);
  expect(callsOf(daemon.journal(), 'open', 'web').map(({ recover }) => recover)).toEqual([false, true]);
});

test('S44: the same pid and start time of another boot is another process', async () => {
  const { daemon, host } = await withWeb();
  await daemon.crash();
  storeIdentity(daemon, { bootId: '00000000-0000-0000-0000-000000000000' });
  await daemon.up();
  await onlineSince(daemon, 2);

  // Nobody signalled it: it was turned away when it came back, and ended by itself.
  await journalWhen(daemon, (entries) => entries.some(({ event, pid }) => event === 'goodbye' && pid === host));
  expect((await daemon.status('web')).monitorProcessId).not.toBe(host);
});

test('S44: a host that died while no daemon ran costs its idle resource nothing: it is not counted as a failure', async () => {
  const { daemon, host } = await withWeb();
  await daemon.client.request('resourceSet', { name: 'web', properties: { RestartThreshold: 0 } });
  await daemon.crash();
  process.kill(host, 'SIGKILL');
  await daemon.up();
  await onlineSince(daemon, 2);

  expect(await daemon.status('web')).toMatchObject({ state: 'Online', incarnation: 2 });
});

test('S44: a host that is stopped while no daemon runs and goes on in time keeps everything', async () => {
  const { daemon, host } = await withWeb();
  await daemon.crash();
  process.kill(host, 'SIGSTOP');
  writeTo(pipeOf(daemon, 'demo'), 'web@1 while stopped\n');
  await daemon.up();
  process.kill(host, 'SIGCONT');
  await onlineSince(daemon, 2);

  expect((await daemon.status('web')).monitorProcessId).toBe(host);
  expect(callsOf(daemon.journal(), 'terminate').map(({ incarnation }) => incarnation)).toEqual([1]);
});

test('S57: failures that are written while the daemon is upgraded are each acted upon once, and nothing goes offline', async () => {
  const { daemon, host } = await withWeb();
  const others = Array.from({ length: 20 }, (_, index) => `r${index}`);
  for (const name of others) await daemon.add(name, 'demo');
  await daemon.online(...others);
  const upgraded = daemon.andon('daemon', 'upgrade', '--json');
  const left = daemon.exited();
  for (const name of others.slice(0, 10)) writeTo(pipeOf(daemon, 'demo'), `${name}@1 before\n`);
  await left;
  for (const name of others.slice(10)) writeTo(pipeOf(daemon, 'demo'), `${name}@1 while none runs\n`);
  const { hosts, resources }: { hosts: { lost: string[] }; resources: { lost: string[] } } = JSON.parse((await upgraded).stdout);
  expect(hosts.lost).toEqual([]);
  // One that has failed may not be Online again when the command looks.
  expect(resources.lost).not.toContain('web');
  const entries = await journalWhen(daemon, (all) => callsOf(all, 'online').filter(({ incarnation }) => incarnation === 2).length === 20);

  expect(
    callsOf(entries, 'terminate')
      .map(({ resource }) => resource)
      .toSorted(),
  ).toEqual(others.toSorted());
  expect(callsOf(entries, 'offline')).toEqual([]);
  expect(new Set(entries.map(({ pid }) => pid))).toEqual(new Set([host]));
  expect(callsOf(entries, 'online', 'web')).toHaveLength(1);
});
