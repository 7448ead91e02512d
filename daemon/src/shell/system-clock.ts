import { performance } from 'node:perf_hooks';
import type { Clock, Timer } from '../ports/index.ts';

/** setTimeout turns anything longer into 1 ms. */
const LONGEST_TIMEOUT_MS = 0x7fff_ffff;

/** performance.now() and hrtime read the same clock; hrtime's zero is the boot, which other processes share. */
const SINCE_BOOT_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now();

class SystemTimer implements Timer {
  #timeout: NodeJS.Timeout | undefined;

  constructor(ms: number, action: () => void) {
    this.#arm(ms, action);
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }

  #arm(ms: number, action: () => void): void {
    if (ms > LONGEST_TIMEOUT_MS) {
      this.#timeout = setTimeout(() => this.#arm(ms - LONGEST_TIMEOUT_MS, action), LONGEST_TIMEOUT_MS);
      return;
    }
    // libuv counts in whole milliseconds and would fire up to one early; a delay that was promised is never cut short.
    this.#timeout = setTimeout(action, ms > 0 ? Math.min(Math.ceil(ms) + 1, LONGEST_TIMEOUT_MS) : 0);
  }
}

/** Time as the machine tells it. */
export class SystemClock implements Clock {
  wallMs(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return performance.now() + SINCE_BOOT_MS;
  }

  after(ms: number, action: () => void): Timer {
    return new SystemTimer(ms, action);
  }

  afterReading(action: () => void): void {
    // The check phase of libuv follows its poll phase, in which every readable descriptor is read.
    setImmediate(action);
  }
}
