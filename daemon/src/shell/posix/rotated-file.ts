import { closeSync, constants, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

const LIMIT_BYTES = 10 * 1024 * 1024;
const KEPT_PIECES = 3;

/**
 * A file that lines are appended to, one write each, and that starts anew above a size; `PATH.1` is the youngest of the older pieces.
 * Writing never throws: a line that the disk refuses is lost, counted, and the count is the next line that gets through.
 *
 * Not pino-roll: it needs a worker thread, whose start alone (116 ms) is half of what the daemon may take to be ready. Not SonicBoom:
 * what it could not write it keeps and tries again, and it knows no size. One write costs about 3 µs, after the frames have left.
 */
export class RotatedFile {
  readonly #path: string;
  readonly #limitBytes: number;
  #fd: number | null = null;
  #bytes = 0;
  #lost = 0;

  constructor(path: string, limitBytes: number = LIMIT_BYTES) {
    this.#path = path;
    this.#limitBytes = limitBytes;
  }

  /** @param lostLine the line that tells how many were lost before this one */
  write(line: string, lostLine: (count: number) => string): void {
    try {
      if (this.#bytes >= this.#limitBytes) this.#rotate();
      if (this.#lost > 0) this.#append(lostLine(this.#lost));
      this.#lost = 0;
      this.#append(line);
    } catch {
      this.#lost++;
    }
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  #append(line: string): void {
    this.#fd ??= this.#open();
    this.#bytes += writeSync(this.#fd, line);
  }

  #open(): number {
    const fd = openSync(this.#path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    this.#bytes = fstatSync(fd).size;
    return fd;
  }

  #rotate(): void {
    this.close();
    // Whatever happens below, the next line opens the path again.
    this.#bytes = 0;
    rmSync(`${this.#path}.${KEPT_PIECES}`, { force: true });
    for (let piece = KEPT_PIECES - 1; piece >= 0; piece--) this.#shift(piece);
  }

  #shift(piece: number): void {
    const name = (number: number): string => (number === 0 ? this.#path : `${this.#path}.${number}`);
    try {
      renameSync(name(piece), name(piece + 1));
    } catch {
      // There are fewer pieces yet.
    }
  }
}
