import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { atEndOfTest } from '../../support/at-end.ts';
import { TestDaemon } from '../../support/daemon.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { hasPrograms } from '../../support/toolchain.ts';

const hasAnything = existsSync('/usr/lib/ocf/resource.d/heartbeat/anything') && process.getuid?.() === 0;
/** What loses its parent becomes a child of the daemon, which waits for none of it: like many a pid 1 of a container. */
const ADOPTS_AND_NEVER_WAITS = 'import ctypes, os, sys; ctypes.CDLL(None).prctl(36, 1, 0, 0, 0); os.execvp(sys.argv[1], sys.argv[1:])';

async function daemonThatNeverWaits(): Promise<TestDaemon> {
  const daemon = new TestDaemon();
  daemon.prefix = ['python3', '-c', ADOPTS_AND_NEVER_WAITS];
  atEndOfTest(() => daemon.end());
  await daemon.up();
  return daemon;
}

/** Brings a program of the agent online; answers the file with its pid. */
async function anythingOnline(daemon: TestDaemon): Promise<string> {
  const pidfile = join(temporaryFolder(), 'program.pid');
  const parameters = { binfile: '/usr/bin/sleep', cmdline_options: '100000', pidfile, logfile: '/dev/null' };
  const set = { agent: 'ocf:heartbeat:anything', parameters, monitorMs: 600_000, deepMonitorMs: 600_000 };
  const properties = { RestartDelay: 10, TerminateTimeout: 4_000 };
  await daemon.client.request('resourceAdd', { resource: { name: 'it', type: 'ocf-agent', set, properties } });
  await daemon.online('it');
  return pidfile;
}

/** Why it failed, once its next incarnation is Online. */
async function reasonAfterKill(daemon: TestDaemon, pid: number): Promise<string> {
  const { seq } = daemon.client;
  process.kill(pid, 'SIGKILL');
  const failed = await daemon.client.event((event) => event.seq > seq && event.kind === 'failed' && event.resource === 'it');
  await daemon.client.event((event) => event.seq > failed.seq && event.kind === 'online' && event.resource === 'it', 30_000);
  return 'reason' in failed ? String(failed['reason']) : '';
}

function pidIn(file: string): number {
  return Number(readFileSync(file, 'latin1'));
}

describe.skipIf(!hasPrograms('python3'))('where pid 1 waits for nobody (needs python3)', () => {
  test.skipIf(!hasAnything)('what an agent has left running is waited for by its host (needs resource-agents, root)', async () => {
    const daemon = await daemonThatNeverWaits();
    const pid = pidIn(await anythingOnline(daemon));
    expect(await reasonAfterKill(daemon, pid)).toMatch(/^pid \d+ has ended: ocf:heartbeat:anything monitor: /);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });

  test.skipIf(!hasAnything)(
    'a zombie that a pid file names is dead, whatever the agent says: it outlived the host that started it (needs resource-agents, root)',
    { timeout: 60_000 },
    async () => {
      const daemon = await daemonThatNeverWaits();
      const file = await anythingOnline(daemon);
      const pid = pidIn(file);
      const { seq } = daemon.client;
      process.kill((await daemon.status('it')).monitorProcessId ?? 0, 'SIGKILL');
      await daemon.client.next('online', 'it', seq);
      expect(pidIn(file)).toBe(pid);
      expect(await reasonAfterKill(daemon, pid)).toContain(`pid ${pid} has ended, and ${file} still names it`);
      expect(readFileSync(`/proc/${pid}/stat`, 'latin1')).toContain(') Z ');
    },
  );

  test('what a script has left running is waited for by the host of exec', async () => {
    const daemon = await daemonThatNeverWaits();
    const folder = temporaryFolder();
    const script = join(folder, 'service.sh');
    const file = join(folder, 'pid');
    writeFileSync(script, `#!/bin/sh\n[ "$1" = online ] || exit 0\nsetsid sleep 100000 & echo $! > ${file}\n`, { mode: 0o755 });
    await daemon.client.request('resourceAdd', { resource: { name: 'it', type: 'exec', set: { script, contract: 'poll' } } });
    await daemon.online('it');
    const pid = pidIn(file);
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 10_000 }).toBe(false);
  });
});
