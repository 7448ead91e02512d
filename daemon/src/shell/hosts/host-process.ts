import { RECONNECT_WINDOW_MS } from '@andon/protocol';
import type { Clock, HostProcess, ProcessExit, Timer } from '../../ports/index.ts';

/** How often a process whose connection broke is looked at: at first often, since most such processes are just exiting. */
const FIRST_LOOK_MS = 5;
const LONGEST_LOOK_MS = 500;
/** How long a killed process may take to be gone before that is an alarm. */
export const KILL_LIMIT_MS = 10_000;

/** In words: `exited with code 3`, `killed by SIGSEGV`. */
export function describeExit(exit: ProcessExit): string {
  switch (exit.kind) {
    case 'exited':
      return `exited with code ${exit.code}`;
    case 'signalled':
      return `killed by ${exit.signal}`;
    case 'gone':
      return 'gone; it was no child of this daemon, so nobody knows how';
  }
}

/**
 * Watches a process whose connection is broken: tells when it is gone, or that it stayed away too long. An adopted process
 * is no child, so its end shows here and nowhere else.
 */
export class DisconnectionWatch {
  readonly #clock: Clock;
  readonly #process: HostProcess;
  readonly #expired: () => void;
  #timer: Timer | null = null;
  /** Counted by its own waits: time in which the daemon was stopped is no time in which the host stayed away. */
  #waitedMs = 0;

  constructor(clock: Clock, process: HostProcess, expired: () => void) {
    this.#clock = clock;
    this.#process = process;
    this.#expired = expired;
    this.#look(FIRST_LOOK_MS);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #look(afterMs: number): void {
    this.#timer = this.#clock.after(afterMs, () => {
      if (this.#process.checkExit()) return;
      this.#waitedMs += afterMs;
      if (this.#waitedMs >= RECONNECT_WINDOW_MS) this.#expired();
      else this.#look(Math.min(afterMs * 2, LONGEST_LOOK_MS));
    });
  }
}
