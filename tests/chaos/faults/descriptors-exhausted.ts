import { spawnSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { hasPrograms } from '../../support/toolchain.ts';
import { openDescriptors, signal } from '../processes.ts';
import { pickHost, type Fault } from '../world.ts';

const LONGEST_MS = 600;

/** The daemon may open no file more while a host dies; later it may again. */
export const descriptorsExhausted: Fault = {
  kind: 'descriptors-exhausted',
  share: 2,
  lacks: () => (hasPrograms('prlimit') ? null : 'which needs prlimit'),
  async inject(world) {
    const { pid } = world.daemon;
    const limit = (files: number): void => void spawnSync('prlimit', ['--pid', String(pid), `--nofile=${files}:`]);
    const before = Number(spawnSync('prlimit', ['--pid', String(pid), '--nofile', '--noheadings', '--output', 'SOFT']).stdout);
    if (!(before > 0)) return;
    limit(openDescriptors(pid));
    signal(pickHost(world)?.pid ?? 0, 'SIGKILL');
    await pause(world.random() * LONGEST_MS);
    limit(before);
  },
};
