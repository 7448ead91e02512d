import { setTimeout as pause } from 'node:timers/promises';
import { signal } from '../processes.ts';
import type { Fault } from '../world.ts';

const LONGEST_MS = 1_500;

/** SIGSTOP … SIGCONT: what is written meanwhile waits in the pipes. */
export const daemonPaused: Fault = {
  kind: 'daemon-paused',
  share: 2,
  lacks: () => null,
  async inject({ daemon, random }) {
    // Another fault of this round may replace the daemon meanwhile.
    const { pid } = daemon;
    signal(pid, 'SIGSTOP');
    await pause(random() * LONGEST_MS);
    signal(pid, 'SIGCONT');
  },
};
