import { setTimeout as pause } from 'node:timers/promises';
import { signal } from '../processes.ts';
import { pickHost, type Fault } from '../world.ts';

const LATEST_MS = 80;

/** kill -9 of one host process, whatever it is just doing. */
export const hostKilled: Fault = {
  kind: 'host-killed',
  share: 6,
  lacks: () => null,
  async inject(world) {
    await pause(world.random() * LATEST_MS);
    signal(pickHost(world)?.pid ?? 0, 'SIGKILL');
  },
};
