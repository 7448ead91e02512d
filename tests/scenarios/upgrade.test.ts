import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { waitingTest } from '../support/at-end.ts';
import { TestDaemon } from '../support/daemon.ts';
import { processesWith } from '../support/leftovers.ts';

interface Upgraded {
  readonly ok: boolean;
  readonly from: { readonly pid: number };
  readonly to: { readonly pid: number };
  readonly hosts: { readonly kept: number; readonly lost: readonly string[] };
  readonly resources: { readonly kept: number; readonly lost: readonly string[] };
}

/** What `andon status --json` says, by whichever daemon answers. */
async function statusOf(
  daemon: TestDaemon,
): Promise<{ daemon: { pid: number; serviceManager: null }; hosts: { id: string; pid: number }[] }> {
  return JSON.parse((await daemon.andon('status', '--json')).stdout) as never;
}

async function withResources(): Promise<TestDaemon> {
  const daemon = await TestDaemon.start();
  await daemon.scripted('scripted');
  await daemon.add('a', 'scripted');
  await daemon.add('b', 'scripted', {}, { properties: { SeparateMonitor: true } });
  await daemon.online('a', 'b');
  return daemon;
}

waitingTest('S57: a daemon that is no service is replaced while its hosts and resources stay', async () => {
  const daemon = await withResources();
  const before = await statusOf(daemon);
  const { code, stdout } = await daemon.andon('daemon', 'upgrade', '--json');
  const upgraded = JSON.parse(stdout) as Upgraded;
  const after = await statusOf(daemon);

  expect(code).toBe(0);
  expect(upgraded).toMatchObject({
    ok: true,
    by: 'andon',
    from: { pid: daemon.pid },
    to: { pid: after.daemon.pid },
    hosts: { kept: 2, lost: [] },
    resources: { kept: 2, lost: [] },
  });
  expect(after.daemon.pid).not.toBe(daemon.pid);
  expect(after.hosts.map(({ id, pid }) => [id, pid])).toEqual(before.hosts.map(({ id, pid }) => [id, pid]));
  expect(daemon.calls('a')).toEqual(['open', 'online', 'isAlive']);
});

waitingTest('S57: what did not survive is named, with exit code 1', async () => {
  const daemon = await withResources();
  const { hosts } = await statusOf(daemon);
  const lost = hosts.find(({ id }) => id !== 'scripted');
  // Stopped, it neither speaks to the next daemon nor ends by itself.
  process.kill(lost?.pid ?? 0, 'SIGSTOP');
  const { code, stdout } = await daemon.andon('daemon', 'upgrade', '--json');
  const upgraded = JSON.parse(stdout) as Upgraded;

  expect(code).toBe(1);
  expect(upgraded.ok).toBe(false);
  expect(upgraded.hosts).toEqual({ kept: 1, lost: [lost?.id] });
  expect(upgraded.resources).toEqual({ kept: 1, lost: ['b'] });
});

waitingTest('a next daemon that cannot start is told, with what to do; the hosts wait for it', async () => {
  const daemon = await withResources();
  const { hosts } = await statusOf(daemon);
  const store = join(daemon.folder, 'state', 'andon.db');
  // The old one has the file open and goes on; only the next one meets what stands there then.
  renameSync(store, `${store}.away`);
  writeFileSync(store, 'nonsense-nonsense-nonsense');
  const { code, stderr } = await daemon.andon('daemon', 'upgrade');

  expect(code).toBe(6);
  expect(stderr).toContain('The daemon has left, and the next one is not there');
  expect(stderr).toContain('damaged');
  expect(stderr).toContain('andon up --detach');
  const alive = processesWith(`ANDON_STATE_DIR=${join(daemon.folder, 'state')}`);
  for (const { pid } of hosts) expect(alive).toContain(pid);
});

waitingTest('a daemon that does not run cannot be upgraded', async () => {
  const daemon = new TestDaemon();
  const { code, stderr } = await daemon.andon('daemon', 'upgrade');

  expect(code).toBe(3);
  expect(stderr).toContain('No daemon answers');
});
