import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { signal } from '../processes.ts';
import { pickHost, type Fault } from '../world.ts';

const GARBAGE = Buffer.from('nobody@1 is nobody\n'.repeat(200));
const ROUNDS = 40;

/** Garbage into the event handle of one host until it is full, with the daemon paused for the first half of it. */
export const pipeFlooded: Fault = {
  kind: 'pipe-flooded',
  share: 2,
  lacks: () => null,
  async inject(world) {
    const host = pickHost(world);
    if (!host) return;
    const { pid } = world.daemon;
    signal(pid, 'SIGSTOP');
    for (let round = 0; round < ROUNDS; round++) {
      if (round === ROUNDS / 2) signal(pid, 'SIGCONT');
      fill(join(world.daemon.folder, 'run', 'ev', host.id));
      await pause(5);
    }
  },
};

function fill(path: string): void {
  try {
    const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      for (let round = 0; round < 10; round++) writeSync(fd, GARBAGE);
    } finally {
      closeSync(fd);
    }
  } catch {
    // Full, or its host is just being replaced.
  }
}
