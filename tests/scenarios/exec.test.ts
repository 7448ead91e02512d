import { appendFileSync, chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { processesWith, TestDaemon } from '../support/daemon.ts';

/** A shell script that writes down each word that it is called with, and keeps a sleeping process while it is online. */
const SCRIPT = (top: string): string => `#!/bin/sh
${top}
echo "$1" >> words
case $1 in
online) sleep 600 & echo $! > pid; echo "started as $ANDON_FAILURE_RECORD"; env | grep ^ANDON_FAILURE_RECORD= > record ;;
offline|terminate) kill "$(cat pid)"; exit 0 ;;
looksalive|isalive) [ ! -e hang ] || exec sleep 600; kill -0 "$(cat pid)" ;;
esac
`;

/** A daemon with one resource `web` of that script. */
async function startScript(top: string, set: Record<string, unknown> = {}): Promise<TestDaemon> {
  const daemon = await TestDaemon.start();
  onTestFinished(() => {
    for (const pid of processesWith(`ANDON_EXEC=${join(daemon.folder, 'state/web')}`)) process.kill(pid, 'SIGKILL');
  });
  const script = join(daemon.folder, 'web.sh');
  writeFileSync(script, SCRIPT(top));
  chmodSync(script, 0o755);
  const properties = { RestartDelay: 10 };
  await daemon.client.request('resourceAdd', {
    resource: { name: 'web', type: 'exec', properties, set: { script, cwd: daemon.folder, ...set } as never },
  });
  await daemon.online('web');
  return daemon;
}

function file(daemon: TestDaemon, name: string): string {
  return readFileSync(join(daemon.folder, name), 'utf8').trimEnd();
}

test('a polled script: its death is found by its own checks, cleaned up after, and it is online again', async () => {
  const daemon = await startScript('', { looksAliveMs: 50, isAliveMs: 10_000 });
  expect(await daemon.status('web')).toMatchObject({ contract: 'poll', polls: { looksAlive: { ms: 50, source: 'online' } } });
  const after = daemon.client.seq;
  process.kill(Number(file(daemon, 'pid')), 'SIGKILL');
  expect(await daemon.client.next('failed', 'web', after)).toMatchObject({
    source: 'isAlive',
    reason: expect.stringContaining('isalive: exit code 1, OCF_ERR_GENERIC'),
  });
  expect(await daemon.client.next('online', 'web', after)).toMatchObject({ incarnation: 2 });
  const words = file(daemon, 'words')
    .split('\n')
    .filter((word) => word !== 'looksalive');
  expect(words).toEqual(['online', 'isalive', 'terminate', 'online']);
});

test('an event script: one line of any process fails it at once, and it is never polled', async () => {
  const daemon = await startScript('# andon: event-handle');
  const { host } = await daemon.status('web');
  const after = daemon.client.seq;
  const [, record = ''] = file(daemon, 'record').split('=');
  expect(record).toBe('web@1');
  // As cron, udev or a check would; the path is that of ANDON_EVENT_HANDLE.
  appendFileSync(join(daemon.folder, 'run/ev', host), `${record} disk gone\n`);
  expect(await daemon.client.next('failed', 'web', after)).toMatchObject({ source: 'failureRecord', reason: 'disk gone', incarnation: 1 });
  await daemon.client.next('online', 'web', after);
  expect(file(daemon, 'words').split('\n')).toEqual(['online', 'terminate', 'online']);
});

test('what it prints is what andon logs shows', async () => {
  const daemon = await startScript('');
  expect((await daemon.andon('logs', 'web')).stdout).toContain('started as web@1');
});

test('the death of its host leaves it running, and the next host finds it', async () => {
  const daemon = await startScript('');
  const pid = file(daemon, 'pid');
  const { monitorProcessId } = await daemon.status('web');
  const after = daemon.client.seq;
  process.kill(monitorProcessId ?? 0, 'SIGKILL');
  expect(await daemon.client.next('online', 'web', after)).toMatchObject({ incarnation: 2 });
  expect(file(daemon, 'pid')).toBe(pid);
  expect(file(daemon, 'words').split('\n')).toEqual(['online', 'isalive']);
});

test('S45: a check that does not return is killed once, and after that nothing is run before an administrator has looked', async () => {
  const daemon = await startScript('', { looksAliveMs: 50, isAliveMs: 10_000, timeoutMs: 300 });
  writeFileSync(join(daemon.folder, 'hang'), '');
  await daemon.client.next('terminated', 'web');
  expect(await daemon.status('web')).toMatchObject({
    state: 'Failed',
    hung: 'looksalive did not return within 300 ms and was killed',
    nextAttemptAt: null,
  });
  expect(file(daemon, 'words').split('\n').at(-1)).toBe('looksalive');
  expect(processesWith(`ANDON_EXEC=${join(daemon.folder, 'state/web')}`)).toEqual([]);

  const { stderr, code } = await daemon.andon('online', 'web');
  expect({ code, stderr }).toMatchObject({ code: 4, stderr: expect.stringContaining('andon online web --clear-hang') });
  writeFileSync(join(daemon.folder, 'web.sh'), SCRIPT('rm -f hang'));
  expect(await daemon.andon('online', 'web', '--clear-hang')).toMatchObject({ code: 0 });
  expect(existsSync(join(daemon.folder, 'hang'))).toBe(false);
});
