import type { Fault } from '../world.ts';
import { administrator } from './administrator.ts';
import { cgroupKilled } from './cgroup-killed.ts';
import { daemonKilled } from './daemon-killed.ts';
import { daemonPaused } from './daemon-paused.ts';
import { daemonReplaced } from './daemon-replaced.ts';
import { descriptorsExhausted } from './descriptors-exhausted.ts';
import { diskFull } from './disk-full.ts';
import { hostHung } from './host-hung.ts';
import { hostKilled } from './host-killed.ts';
import { hostPaused } from './host-paused.ts';
import { pipeFlooded } from './pipe-flooded.ts';

export const FAULTS: readonly Fault[] = [
  administrator,
  cgroupKilled,
  daemonKilled,
  daemonPaused,
  daemonReplaced,
  descriptorsExhausted,
  diskFull,
  hostHung,
  hostKilled,
  hostPaused,
  pipeFlooded,
];
