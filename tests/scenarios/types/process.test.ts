import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applicationsIn, fileAppears, isRunning, killApplicationsIn } from '../../integration/resource-host/applications.ts';
import { atEndOfTest } from '../../support/at-end.ts';
import { TestDaemon } from '../../support/daemon.ts';
import { temporaryFolder } from '../../support/temporary.ts';

/** Starts its program again whenever that ends, and writes a pid file each time, as a supervisor does. */
const SUPERVISOR = 'while :; do sleep 600 & echo $! > pid.new; mv pid.new pid; wait $!; sleep 0.1; done';

function supervised(): { readonly folder: string; readonly pidFile: string } {
  const folder = temporaryFolder();
  atEndOfTest(() => killApplicationsIn(folder));
  spawn('sh', ['-c', SUPERVISOR], { cwd: folder, stdio: 'ignore', detached: true }).unref();
  return { folder, pidFile: join(folder, 'pid') };
}

async function hostPid(daemon: TestDaemon): Promise<number> {
  const { hosts } = await daemon.client.request('hostList', {});
  return hosts.find(({ id }) => id === 'builtin')?.pid ?? 0;
}

test('a process that its supervisor restarts is found again, also by the next host and the next daemon, and goes on after offline', async () => {
  const { folder, pidFile } = supervised();
  await fileAppears(pidFile);
  const pidNow = (): number => Number(readFileSync(pidFile, 'utf8'));
  const daemon = await TestDaemon.start();
  const set = { pidFile, waitMs: 10_000 };
  await daemon.client.request('resourceAdd', { resource: { name: 'queue', type: 'process', set, properties: { RestartDelay: 10 } } });
  await daemon.online('queue');
  const terminates = (): number => daemon.client.kinds('queue').filter((kind) => kind === 'terminateCalled').length;
  const onlineAs = (incarnation: number) =>
    daemon.client.event((event) => event.kind === 'online' && event.resource === 'queue' && event.incarnation === incarnation);

  const first = pidNow();
  process.kill(first, 'SIGKILL');
  expect(await daemon.client.next('failed', 'queue')).toMatchObject({
    reason: expect.stringMatching(/^pid \d+ \((sh|sleep)\) has exited$/),
  });
  await onlineAs(2);
  expect(terminates()).toBe(1);
  // It is a shell until it has become sleep.
  expect((await daemon.status('queue')).statusText).toMatch(new RegExp(`^pid ${pidNow()} \\((sh|sleep)\\)$`));

  process.kill(await hostPid(daemon), 'SIGKILL');
  await onlineAs(3);
  process.kill(pidNow(), 'SIGKILL');
  await onlineAs(4);
  await daemon.crash();
  await daemon.up();
  await daemon.client.next('hostAdopted');
  process.kill(pidNow(), 'SIGKILL');
  await onlineAs(5);

  const last = pidNow();
  await daemon.client.request('offline', { names: ['queue'] });
  await daemon.client.next('offline', 'queue');
  await daemon.client.request('resourceRemove', { name: 'queue' });
  expect(isRunning(last)).toBe(true);
  // The supervisor and its program, and nothing of ours.
  expect(applicationsIn(folder)).toHaveLength(2);
});
