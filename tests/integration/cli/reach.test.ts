import { chmod } from 'node:fs/promises';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resourceStatus, statusDocument } from './fake-daemon.ts';
import { andon, fakeDaemon, startAndon, testFolder } from './run-andon.ts';

test('without a daemon a command ends with 3 and names the path and the way to start one', async () => {
  const folder = await testFolder();
  const ran = await andon(['status'], folder);
  expect(ran.code).toBe(3);
  expect(ran.stdout).toBe('');
  expect(ran.stderr).toContain(`${join(folder, 'control.sock')} (it does not exist)`);
  expect(ran.stderr).toContain('Start one with: andon up --detach');
});

test('with --json the same error is the document', async () => {
  const ran = await andon(['status', '--json'], await testFolder());
  expect(ran.code).toBe(3);
  expect(ran.json()).toMatchObject({
    ok: false,
    error: { code: 'unreachable', remedy: 'Start one with: andon up --detach' },
  });
});

const isRoot = process.getuid?.() === 0;

/** A fresh clone often lies where only its owner may go. */
function othersMayEnter(path: string): boolean {
  const parents = path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/') || '/');
  return parents.every((parent) => (statSync(parent).mode & 0o001) !== 0);
}

const canBecomeSomeone = isRoot && othersMayEnter(process.execPath) && othersMayEnter(import.meta.dirname);

test.skipIf(!canBecomeSomeone)(
  'without root its own daemon comes first, then that of the system (needs root, and a checkout that others may enter)',
  async () => {
    const folder = await testFolder();
    await chmod(folder, 0o755);
    const env = {
      ANDON_RUNTIME_DIR: '',
      ANDON_STATE_DIR: '',
      XDG_RUNTIME_DIR: join(folder, 'xdg'),
      XDG_STATE_HOME: join(folder, 'state'),
    };
    const { stderr, code } = await andon(['status'], folder, { env, uid: 65_534 });
    expect(code).toBe(3);
    const tried = [...stderr.matchAll(/[^ ]*control\.sock/g)].map(([path]) => path);
    expect(tried).toEqual([
      join(folder, 'xdg/andon/control.sock'),
      join(folder, 'state/andon/run/control.sock'),
      '/run/andon/control.sock',
    ]);
  },
);

test.skipIf(!isRoot)('root has the daemon of the system (needs root)', async () => {
  const { stderr } = await andon(['status'], await testFolder(), { env: { ANDON_RUNTIME_DIR: '' } });
  // A system daemon that runs here is none of this test's business.
  if (stderr !== '') expect(stderr).toContain('Tried: /run/andon/control.sock (');
});

test('--user looks in the runtime folder and, after it, below the state folder; both are named', async () => {
  const folder = await testFolder();
  const ran = await andon(['status', '--user'], folder, { env: { XDG_RUNTIME_DIR: join(folder, 'xdg') } });
  expect(ran.code).toBe(3);
  expect(ran.stderr).toContain(join(folder, 'xdg', 'andon', 'control.sock'));
  expect(ran.stderr).toContain(join(folder, 'run', 'control.sock'));
});

test('--user wins over ANDON_RUNTIME_DIR', async () => {
  const { folder } = await fakeDaemon({ status: () => statusDocument([]) });
  expect((await andon(['status'], folder)).code).toBe(0);
  expect((await andon(['status', '--user'], folder)).code).toBe(3);
});

test('a path that no socket can have is refused with its length and the limit', async () => {
  const folder = join(await testFolder(), 'x'.repeat(90));
  const ran = await andon(['status'], await testFolder(), { env: { ANDON_RUNTIME_DIR: folder } });
  expect(ran.code).toBe(6);
  expect(ran.stderr).toMatch(/has \d+ bytes; the limit is 100/);
});

test.skipIf(isRoot)('a socket that may not be used is named with the reason (root may use any)', async () => {
  const { folder } = await fakeDaemon({});
  await chmod(join(folder, 'control.sock'), 0);
  expect((await andon(['status'], folder)).stderr).toContain('permission denied');
});

test('a daemon that ends during a request is told of, with exit code 3', async () => {
  const { daemon, folder } = await fakeDaemon({
    status: () => {
      daemon.disconnectAll();
      return statusDocument([]);
    },
  });
  const ran = await andon(['status'], folder);
  expect(ran.code).toBe(3);
  expect(ran.stderr).toContain('gave no answer to status: the daemon closed the connection');
});

test('a daemon that ends while events are followed ends the command', async () => {
  const { daemon, folder } = await fakeDaemon({});
  const running = startAndon(['events', '--follow', '--json'], folder);
  await daemon.received('follow');
  daemon.emit('storeRecovered');
  await running.says('storeRecovered');
  daemon.disconnectAll();
  expect((await running.ended()).code).toBe(3);
});

test('an answer longer than a frame arrives whole', async () => {
  const resources = Array.from({ length: 5000 }, (_, index) => resourceStatus(`r${index}`, { statusText: 'ü"\\ '.repeat(20) }));
  const { folder } = await fakeDaemon({ status: () => statusDocument(resources) });
  const ran = await andon(['status', '--json'], folder);
  expect(ran.code).toBe(0);
  expect(ran.json()).toEqual(statusDocument(resources));
});
