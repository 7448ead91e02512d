import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';

const MOST_BYTES = 256 * 1024;

/** A file that somebody else may write: never waits for a pipe, never reads what has no end. Throws what open(2) says, or why it is none. */
export function readSmallFile(path: string): { readonly text: string; readonly stats: Stats } {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new Error('not a regular file');
    if (stats.size > MOST_BYTES) throw new Error(`${stats.size} bytes are too long; at most ${MOST_BYTES}`);
    const bytes = Buffer.alloc(MOST_BYTES);
    return { text: bytes.toString('utf8', 0, readSync(fd, bytes)), stats };
  } finally {
    closeSync(fd);
  }
}

/** `ENOENT`, or in words what else went wrong. */
export function readTrouble(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.message;
}
