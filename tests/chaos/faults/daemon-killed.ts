import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../world.ts';

const LATEST_MS = 80;
const LONGEST_ABSENCE_MS = 60;

/** kill -9 of the daemon; often with records in the pipes, sometimes again while it still adopts. */
export const daemonKilled: Fault = {
  kind: 'daemon-killed',
  share: 8,
  lacks: () => null,
  async inject({ daemon, random }) {
    await pause(random() * LATEST_MS);
    await daemon.crash();
    await pause(random() * LONGEST_ABSENCE_MS);
    await daemon.up();
  },
};
