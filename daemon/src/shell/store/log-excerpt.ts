import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Incident } from '@andon/protocol';
import { errorText } from '../posix/error-code.ts';

const MOST_BYTES = 16 * 1024;
const MOST_LINES = 100;

/** The last lines of a log of any size. */
export async function lastLogLines(path: string): Promise<Incident['log']> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { size } = await file.stat();
      const start = Math.max(0, size - MOST_BYTES);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, start);
      const lines = buffer.toString('utf8', 0, bytesRead).replace(/\n$/, '').split('\n');
      // The first of a piece is a part of a line.
      const whole = start > 0 && lines.length > 1 ? lines.slice(1) : lines;
      const shown = bytesRead === 0 ? [] : whole.slice(-MOST_LINES);
      return { path, lines: shown, isCut: start > 0 || whole.length > MOST_LINES, unreadable: null };
    } finally {
      await file.close();
    }
  } catch (error) {
    return { path, lines: [], isCut: false, unreadable: errorText(error) };
  }
}
