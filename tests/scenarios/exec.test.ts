import { appendFileSync, chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { isRunning } from '../integration/resource-host/applications.ts';
import { TestDaemon } from '../support/daemon.ts';
import { onlineAs } from '../support/records.ts';

/** Notes each run, and what a process elsewhere needs to know to fail this incarnation. */
const SCRIPT = `#!/bin/sh
# andon: event-handle
echo "$1@$ANDON_INCARNATION" >> "$FOLDER/runs"
[ "$1" = online ] || exit 0
echo "$1 said something"
echo "record='$ANDON_FAILURE_RECORD' handle='$ANDON_EVENT_HANDLE'" > "$FOLDER/told"
sleep 600 &
echo $! > "$FOLDER/pid@$ANDON_INCARNATION"
`;

async function scriptedDaemon(): Promise<TestDaemon> {
  const daemon = await TestDaemon.start();
  const script = join(daemon.folder, 'service.sh');
  writeFileSync(script, SCRIPT);
  chmodSync(script, 0o755);
  // By the state directory the test finds what the script has started, and ends it.
  const env = { FOLDER: daemon.folder, ANDON_STATE_DIR: join(daemon.folder, 'state') };
  const set = { script, env };
  await daemon.client.request('resourceAdd', { resource: { name: 'web', type: 'exec', set, properties: { RestartDelay: 10 } } });
  await daemon.online('web');
  return daemon;
}

function serverOf(daemon: TestDaemon, incarnation: number): number {
  return Number(readFileSync(join(daemon.folder, `pid@${incarnation}`), 'utf8'));
}

const runsOf = (daemon: TestDaemon): string[] => readFileSync(join(daemon.folder, 'runs'), 'utf8').trimEnd().split('\n');

test('exec: a script is failed by an echo of any other process: one terminate, then online as the next incarnation', async () => {
  const daemon = await scriptedDaemon();
  const fail = '. "$0"; echo "$record certificate has expired" > "$handle"';
  await promisify(execFile)('sh', ['-c', fail, join(daemon.folder, 'told')]);
  await onlineAs(daemon, 'web', 2);

  expect(await daemon.client.next('failureReported', 'web')).toMatchObject({
    source: 'failureRecord',
    incarnation: 1,
    reason: 'certificate has expired',
  });
  expect(runsOf(daemon)).toEqual(['online@1', 'terminate@1', 'online@2']);
  expect([1, 2].map((incarnation) => isRunning(serverOf(daemon, incarnation)))).toEqual([false, true]);
});

test('exec: scripts have a host to themselves, apart from the other types that come with andon', async () => {
  const daemon = await scriptedDaemon();
  const set = { command: 'sleep', args: ['600'] };
  await daemon.client.request('resourceAdd', { resource: { name: 'app', type: 'generic-application', set } });
  await daemon.online('app');
  expect(await daemon.status('web')).toMatchObject({ host: 'exec', contract: 'event' });
  expect(await daemon.status('app')).toMatchObject({ host: 'builtin' });
});

test('exec: the host of a script is killed: the script is stopped and started by the next one, once each', async () => {
  const daemon = await scriptedDaemon();
  const { hosts } = await daemon.client.request('hostList', {});
  process.kill(hosts.find(({ id }) => id === 'exec')?.pid ?? 0, 'SIGKILL');
  await onlineAs(daemon, 'web', 2);

  // isalive is asked by the new host, before there is a second incarnation.
  expect(runsOf(daemon)).toEqual(['online@1', 'isalive@0', 'terminate@2', 'online@2']);
  expect([1, 2].map((incarnation) => isRunning(serverOf(daemon, incarnation)))).toEqual([false, true]);
});

test('exec: what a script prints is what andon logs shows', async () => {
  const daemon = await scriptedDaemon();
  appendFileSync(join(daemon.folder, 'state/logs/applications/web.log'), 'and its server, too\n');
  expect((await daemon.andon('logs', 'web')).stdout).toBe('online said something\nand its server, too\n');
});
