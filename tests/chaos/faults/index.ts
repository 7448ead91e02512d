import type { Fault } from '../world.ts';
import { daemonKilled } from './daemon-killed.ts';
import { hostKilled } from './host-killed.ts';

export const FAULTS: readonly Fault[] = [daemonKilled, hostKilled];
