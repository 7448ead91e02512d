import { closeSync, constants, ftruncateSync, lstatSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { copyFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Timer } from '../../ports/index.ts';
import { errorCode } from './error-code.ts';

/** A log is rotated above this size. */
const LIMIT_BYTES = 10 * 1024 * 1024;
/** Older pieces: `PATH.1` is the youngest. */
const KEPT_PIECES = 3;
const LOOK_EVERY_MS = 10_000;
const TAIL_BUFFER_BYTES = 64 * 1024;

/**
 * Copies the log to `PATH.1` and empties it; a renamed file would go on being written to by whoever holds it open. Its writers must append
 * (O_APPEND). Where the disk has no room for the copy its text is given up, since a log without bounds would be worse.
 */
export async function rotateIfLarge(path: string, limitBytes: number = LIMIT_BYTES): Promise<void> {
  if (isLink(path) || sizeOf(path) <= limitBytes) return;
  const piece = (number: number): string => `${path}.${number}`;
  try {
    await rm(piece(KEPT_PIECES), { force: true });
    for (let number = KEPT_PIECES - 1; number >= 1; number--) await renameIfThere(piece(number), piece(number + 1));
    await copyFile(path, piece(1));
  } catch {
    await rm(piece(1), { force: true }).catch(() => undefined);
  }
  empty(path, piece(1));
}

/** In one go what was written since the copy is added to it and the log emptied, so that hardly anything can come in between. */
function empty(path: string, copy: string): void {
  const log = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    if (sizeOf(copy) > 0) appendTail(log, copy);
  } catch {
    // The disk has just become full.
  } finally {
    ftruncateSync(log);
    closeSync(log);
  }
}

function appendTail(log: number, copy: string): void {
  const buffer = Buffer.allocUnsafe(TAIL_BUFFER_BYTES);
  let position = sizeOf(copy);
  const target = openSync(copy, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  try {
    for (let count = readSync(log, buffer, 0, buffer.length, position); count > 0;) {
      position += writeSync(target, buffer, 0, count);
      count = readSync(log, buffer, 0, buffer.length, position);
    }
  } finally {
    closeSync(target);
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/** Somebody else's file, which this would copy and empty. */
function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Keeps the logs of a directory (`*.log`) within bounds while anybody may write to them. */
export class LogRotation {
  readonly #clock: Clock;
  readonly #directory: string;
  #writers = 0;
  #timer: Timer | null = null;

  constructor(clock: Clock, directory: string) {
    this.#clock = clock;
    this.#directory = directory;
  }

  writerStarted(): void {
    this.#writers++;
    if (this.#writers === 1) this.#lookLater();
  }

  writerEnded(): void {
    this.#writers--;
    if (this.#writers === 0) this.#timer?.cancel();
  }

  #lookLater(): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.after(LOOK_EVERY_MS, () => void this.#look());
  }

  async #look(): Promise<void> {
    try {
      for (const name of await readdir(this.#directory)) if (name.endsWith('.log')) await rotateIfLarge(join(this.#directory, name));
    } catch {
      // The next look may do better.
    }
    if (this.#writers > 0) this.#lookLater();
  }
}
