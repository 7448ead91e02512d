import { accessSync, constants, existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isRunning } from '../processes.ts';
import { pickHost, type Fault } from '../world.ts';

/** Where cgroup v2 is mounted, alone or beside v1. */
const ROOT = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find((root) => existsSync(join(root, 'cgroup.controllers')));

/** A host is moved into a cgroup of its own, and the kernel kills all of that at once. */
export const cgroupKilled: Fault = {
  kind: 'cgroup-killed',
  share: 2,
  lacks: () => (canMake() ? null : 'which needs a cgroup v2 that may be written'),
  async inject(world) {
    const pid = pickHost(world)?.pid ?? 0;
    const cgroup = join(ROOT ?? '', `andon-chaos-${process.pid}-${Math.floor(world.random() * 1e9)}`);
    mkdirSync(cgroup);
    try {
      writeFileSync(join(cgroup, 'cgroup.procs'), String(pid));
      writeFileSync(join(cgroup, 'cgroup.kill'), '1');
      while (isRunning(pid)) await pause(1);
    } catch {
      // The host has ended by another fault of this round.
    }
    await removed(cgroup);
  },
};

/** A cgroup is busy until its last process has been reaped. */
async function removed(cgroup: string): Promise<void> {
  while (existsSync(cgroup)) {
    try {
      rmdirSync(cgroup);
    } catch {
      await pause(5);
    }
  }
}

function canMake(): boolean {
  try {
    accessSync(ROOT ?? '', constants.W_OK);
    const probe = join(ROOT ?? '', `andon-chaos-${process.pid}-probe`);
    mkdirSync(probe);
    const isThere = existsSync(join(probe, 'cgroup.kill'));
    rmdirSync(probe);
    return isThere;
  } catch {
    return false;
  }
}
