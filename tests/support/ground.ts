import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { killApplicationsIn } from '../integration/resource-host/applications.ts';
import { atEndOfTest } from './at-end.ts';
import { TestDaemon } from './daemon.ts';
import { temporaryFolder } from './temporary.ts';
import { hasPrograms } from './toolchain.ts';

/** Whether namespaces can be made here, which takes root. */
export const HAS_GROUND = process.getuid?.() === 0 && hasPrograms('unshare', 'nsenter', 'ip');

/** A daemon with mounts and a network of its own, and a folder that others may enter. */
export interface Ground {
  readonly daemon: TestDaemon;
  readonly folder: string;
  /** Runs a command in the folder, in these namespaces; answers what it prints. */
  run(command: string): string;
  /** Mounts, addresses and routes. */
  state(): string;
}

/** `prepare`: commands that make it what the test needs, before the daemon begins. */
export async function ground(prepare = 'true'): Promise<Ground> {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  const daemon = new TestDaemon();
  daemon.prefix = ['unshare', '--mount', '--net', '/bin/sh', '-ec', `ip link set lo up; ${prepare}; exec "$@"`, 'sh'];
  atEndOfTest(async () => {
    await daemon.end();
    killApplicationsIn(folder);
  });
  await daemon.up();
  // The namespaces are there as long as anything runs in them; the daemon may be killed.
  const keeper = daemon.pid;
  const run = (command: string): string =>
    execFileSync(
      'nsenter',
      ['--target', String(daemon.hasExited ? keeper : daemon.pid), '--mount', '--net', '/bin/sh', '-c', `cd '${folder}' && ${command}`],
      {
        encoding: 'utf8',
      },
    );
  return { daemon, folder, run, state: () => run('ip -4 -o addr; ip -4 route; cat /proc/self/mounts') };
}
