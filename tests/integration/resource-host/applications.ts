import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { DaemonPlayer } from './daemon-player.ts';

const Record = z.object({ marker: z.string(), process: z.object({ pid: z.int() }).nullable() });

export function recordPath(player: DaemonPlayer, resource: string): string {
  return join(player.stateDirectory, 'applications', `${resource}.json`);
}

/** The number that was written down for the application. */
export function pidOf(player: DaemonPlayer, resource: string): number {
  const { process } = Record.parse(JSON.parse(readFileSync(recordPath(player, resource), 'utf8')));
  if (!process) throw new Error(`${resource}: no process is written down`);
  return process.pid;
}

/** Whether anything is written down that may run. */
export function isWrittenDown(player: DaemonPlayer, resource: string): boolean {
  const path = recordPath(player, resource);
  return existsSync(path) && JSON.parse(readFileSync(path, 'utf8')) !== null;
}

/** Turns the record back into what stands there while a process is being started. */
export function makeIntentOnly(player: DaemonPlayer, resource: string): void {
  const path = recordPath(player, resource);
  const record: unknown = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify({ ...z.looseObject({}).parse(record), process: null }));
}

/**
 * Running processes (no zombies) of the applications of this player: all are started in its folder. Unlike the environment,
 * which is empty for a moment during exec, the working folder is right from the start.
 */
export function applications(player: DaemonPlayer): number[] {
  return applicationsIn(player.directory);
}

/** A shell may start another process while its last one dies, so this looks until there is none. */
export function killApplicationsIn(directory: string): void {
  for (let found = applicationsIn(directory); found.length > 0; found = applicationsIn(directory)) {
    for (const pid of found) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has just ended.
      }
    }
  }
}

export function applicationsIn(directory: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && isRunning(pid) && `${folderOf(pid)}/`.startsWith(`${directory}/`));
}

export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

function folderOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

export function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}

/** Resolves once the file exists. */
export async function fileAppears(path: string): Promise<void> {
  const folder = join(path, '..');
  mkdirSync(folder, { recursive: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error(`${path} did not appear within 10 s`)), 10_000);
  const watcher = watch(folder, () => {
    if (existsSync(path)) resolve();
  });
  if (existsSync(path)) resolve();
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    watcher.close();
  }
}
