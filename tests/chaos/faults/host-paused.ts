import { setTimeout as pause } from 'node:timers/promises';
import { signal } from '../processes.ts';
import { pickHost, type Fault } from '../world.ts';

const LONGEST_MS = 1_500;

/** A host that stands still for less than any limit. */
export const hostPaused: Fault = {
  kind: 'host-paused',
  share: 2,
  lacks: () => null,
  async inject(world) {
    const pid = pickHost(world)?.pid ?? 0;
    world.ledger.enter('paused', { holder: pid });
    signal(pid, 'SIGSTOP');
    await pause(world.random() * LONGEST_MS);
    signal(pid, 'SIGCONT');
  },
};
