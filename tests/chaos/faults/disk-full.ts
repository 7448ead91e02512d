import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../world.ts';

const LONGEST_MS = 800;
const CHUNK = Buffer.alloc(256 * 1024);

/** The file system of the state directory is filled, and freed again. */
export const diskFull: Fault = {
  kind: 'disk-full',
  share: 3,
  lacks: (folder) =>
    spawnSync('mountpoint', ['-q', join(folder, 'state')]).status === 0 ? null : 'which needs root and mounts of its own',
  async inject({ daemon, random }) {
    const filler = join(daemon.folder, 'state', 'filler');
    if (existsSync(filler)) return;
    fillUp(filler);
    await pause(random() * LONGEST_MS);
    rmSync(filler, { force: true });
  },
};

function fillUp(path: string): void {
  const fd = openSync(path, 'w');
  for (let size = CHUNK.length; size > 0; size = size === 1 ? 0 : size >> 1) writeAll(fd, size);
  closeSync(fd);
}

function writeAll(fd: number, size: number): void {
  try {
    while (writeSync(fd, CHUNK, 0, size) > 0);
  } catch {
    // Full for a piece of this size.
  }
}
