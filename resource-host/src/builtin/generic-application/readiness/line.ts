import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { untilFoundAt } from '../../shared/path-watch.ts';
import type { Readiness } from './readiness.ts';

const CHUNK_BYTES = 64 * 1024;

/** The application writes into its log, which outlives this host; so that is where its lines are read. */
export function lineReadiness(pattern: RegExp, logPath: string, from: number): Readiness {
  return {
    wanted: `a line that matches ${pattern}`,
    trouble: () => `what it prints is in ${logPath}`,
    async until(signal) {
      const lines = new LineReader(logPath, from);
      try {
        await untilFoundAt(logPath, () => lines.find((line) => pattern.test(line)), signal);
      } finally {
        lines.close();
      }
    },
  };
}

/** Reads what is appended to a file, which may be cut in between. */
class LineReader {
  readonly #fd: number;
  #at: number;
  /** What follows the last line feed: a prompt is none, but a line that is not ended yet may be longer soon. */
  #tail = '';

  constructor(path: string, from: number) {
    this.#fd = openSync(path, constants.O_RDONLY | constants.O_CREAT, 0o640);
    this.#at = from;
  }

  /** The first line of what was appended since the last call for which this holds. */
  find(holds: (line: string) => boolean): string | undefined {
    if (fstatSync(this.#fd).size < this.#at) this.#at = 0;
    const bytes = Buffer.alloc(CHUNK_BYTES);
    for (;;) {
      const count = readSync(this.#fd, bytes, 0, bytes.length, this.#at);
      if (count === 0) return undefined;
      this.#at += count;
      const lines = `${this.#tail}${bytes.toString('latin1', 0, count)}`.split('\n');
      this.#tail = (lines.pop() ?? '').slice(-CHUNK_BYTES);
      const found = lines.map((line) => Buffer.from(line, 'latin1').toString('utf8').replace(/\r$/, '')).find(holds);
      if (found !== undefined) return found;
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}
