import { close, fdatasync, open } from 'node:fs';
import type { Clock, Timer } from '../../ports/index.ts';

const DELAY_MS = 1_000;

/**
 * Makes what was written durable within about a second, without the loop ever waiting for the disk: SQLite itself would sync only
 * at its next checkpoint, which with little traffic is hours away. Any descriptor of the file serves for fdatasync, and SQLite keeps its
 * locks on the database, so closing one of its log loses none.
 */
export class WriteAheadSync {
  readonly #path: string;
  readonly #clock: Clock;
  #timer: Timer | null = null;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  /** Something was written. */
  soon(): void {
    this.#timer ??= this.#clock.after(DELAY_MS, () => {
      this.#timer = null;
      open(this.#path, 'r', (openError, fd) => {
        // What could not be synced is with the next checkpoint.
        if (!openError) fdatasync(fd, () => close(fd));
      });
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
