import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { temporaryFolder } from '../support/temporary.ts';

const ANDOND = fileURLToPath(new URL('../../daemon/bin/andond.js', import.meta.url));

/** Starts andond where it must refuse; answers what it said and its exit code. */
async function andond(env: Record<string, string>): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [ANDOND], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [stderr] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return { code: child.exitCode, stderr };
}

test('a second daemon refuses with exit 6, names the first, and leaves it alone', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo');
  await daemon.online('web');

  const second = await andond(daemon.env);
  const up = await daemon.andon('up', '--detach', '--json');

  expect(second).toEqual({
    code: 6,
    stderr: `andond: A daemon runs already with ${join(daemon.folder, 'run')}: pid ${daemon.pid}.\nStop it with: andon down\n`,
  });
  expect(up.code).toBe(6);
  expect(JSON.parse(up.stdout).error).toMatchObject({
    code: 'daemonRuns',
    message: expect.stringContaining(`pid ${daemon.pid}`),
  });
  expect(await daemon.status('web')).toMatchObject({ state: 'Online', incarnation: 1 });
  expect((await daemon.andon('status', '--json')).code).toBe(0);
});

test('the same state folder under another runtime folder is refused as well', async () => {
  const daemon = await TestDaemon.start();

  const second = await andond({ ...daemon.env, ANDON_RUNTIME_DIR: join(daemon.folder, 'elsewhere') });

  expect(second.code).toBe(6);
  expect(second.stderr).toContain(`A daemon runs already with ${join(daemon.folder, 'state')}: pid ${daemon.pid}.`);
});

test('sockets that a killed daemon left are no obstacle, and what was configured is there', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo');
  const before = await daemon.andon('export', '--json');
  await daemon.crash();
  expect(existsSync(join(daemon.folder, 'run', 'control.sock'))).toBe(true);
  expect(await daemon.andon('status', '--json')).toMatchObject({ code: 3 });

  await daemon.up();

  expect((await daemon.andon('export', '--json')).stdout).toBe(before.stdout);
});

test('a runtime path too long for a socket is refused with its length, the limit and the remedy', async () => {
  const folder = temporaryFolder();
  const long = join(folder, 'x'.repeat(120));
  const env = { ...new TestDaemon(folder).env, ANDON_RUNTIME_DIR: long };

  const { code, stderr } = await andond(env);

  expect(code).toBe(6);
  const path = join(long, 'control.sock');
  expect(stderr).toBe(
    `andond: The socket path ${path} has ${path.length} bytes; the limit is 100.\nSet ANDON_RUNTIME_DIR to a shorter path.\n`,
  );
  expect(existsSync(long)).toBe(false);
});

test('a runtime folder that others may write to is refused', async () => {
  const folder = temporaryFolder();
  const { env } = new TestDaemon(folder);
  mkdirSync(join(folder, 'run'), { mode: 0o777 });
  chmodSync(join(folder, 'run'), 0o777);

  const { code, stderr } = await andond(env);

  expect(code).toBe(6);
  expect(stderr).toContain(`Directory ${join(folder, 'run')} is not safe: `);
});

test.each([
  ['overwritten with noise', (store: Buffer) => Buffer.from(store).fill(0xa5, 0, 4096)],
  ['cut off in the middle', (store: Buffer) => store.subarray(0, Math.floor(store.length / 2))],
  ['empty', () => Buffer.alloc(0)],
  ["another program's text", () => Buffer.from('this is not a database\n')],
])('a store that is %s is refused with the remedy, and left byte for byte as it is', async (_what, damage) => {
  const daemon = await TestDaemon.start();
  for (const name of ['a', 'b', 'c']) {
    await daemon.client.request('resourceAdd', {
      resource: { name, type: 'generic-application', set: { command: '/bin/true' } },
    });
  }
  await daemon.stop();
  const path = join(daemon.folder, 'state', 'andon.db');
  const damaged = damage(readFileSync(path));
  writeFileSync(path, damaged);

  const { code, stderr } = await andond(daemon.env);
  const up = await daemon.andon('up', '--detach');

  expect(code).toBe(6);
  expect(stderr).toContain(`andond: The store ${path} is damaged: `);
  expect(stderr).toContain('It was left as it is. Move it away, start again, and restore your configuration with: andon apply -f FILE');
  expect(up.code).toBe(6);
  expect(up.stderr).toContain('is damaged');
  expect(readFileSync(path).equals(damaged)).toBe(true);
});
