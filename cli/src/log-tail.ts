import { watch } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AndonError } from '@andon/protocol/errors';
import { errnoOf, reasonOf } from './failure.ts';

const CHUNK_BYTES = 64 * 1024;

export interface Tail {
  readonly lines: readonly string[];
  /** Where following goes on. */
  readonly size: number;
  readonly missing: boolean;
}

/** The last `count` lines, read from the end so that a long log costs no more than a short one. */
export async function lastLines(path: string, count: number): Promise<Tail> {
  const file = await openLog(path);
  if (!file) return { lines: [], size: 0, missing: true };
  try {
    const { size } = await file.stat();
    let held = Buffer.alloc(0);
    let start = size;
    while (start > 0 && newlines(held) <= count) {
      const length = Math.min(CHUNK_BYTES, start);
      start -= length;
      held = Buffer.concat([await readAt(file, start, length), held]);
    }
    const lines = held.toString('utf8').replace(/\n$/, '').split('\n');
    return { lines: size === 0 || count === 0 ? [] : lines.slice(-count), size, missing: false };
  } finally {
    await file.close();
  }
}

/** Hands on what is appended from `position` on. A file that shrank was truncated (host logs rotate by copy and truncate) and is read from its start. */
export async function followFile(path: string, position: number, accept: (bytes: Buffer) => void): Promise<never> {
  let at = position;
  // The folder and not the file is watched: the file may not be there yet.
  let changed = Promise.withResolvers<void>();
  const watcher = watch(dirname(path), () => changed.resolve());
  watcher.on('error', (error) => changed.reject(error));
  for (;;) {
    changed = Promise.withResolvers<void>();
    const file = await openLog(path);
    if (file) {
      try {
        at = await readOn(file, at, accept);
      } finally {
        await file.close();
      }
    }
    await changed.promise;
  }
}

async function readOn(file: FileHandle, position: number, accept: (bytes: Buffer) => void): Promise<number> {
  let at = (await file.stat()).size < position ? 0 : position;
  for (;;) {
    const bytes = await readAt(file, at, CHUNK_BYTES);
    if (bytes.length === 0) return at;
    at += bytes.length;
    accept(bytes);
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

async function openLog(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw new AndonError('badConfiguration', {
      file: path,
      detail: reasonOf(error),
      hint: 'Read it as the user that runs the daemon.',
    });
  }
}

function newlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}
