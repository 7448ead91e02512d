import { performance } from 'node:perf_hooks';
import type { Clock, Timer } from '../ports/index.ts';

/** Longest that setTimeout can count; 24 days, and the longest time limit that can be configured. It would turn more into 1 ms. */
const LONGEST_TIMEOUT_MS = 0x7fff_ffff;

/** performance.now() and hrtime read the same clock; hrtime's zero is the boot, which other processes share. */
const SINCE_BOOT_MS = sinceBootMs();

/** Whoever is interrupted between two readings is wrong for life; the nearest two of several are taken. */
function sinceBootMs(): number {
  const readings = Array.from({ length: 5 }, () => {
    const before = performance.now();
    const bootMs = Number(process.hrtime.bigint()) / 1e6;
    const after = performance.now();
    return { apart: after - before, offset: bootMs - (before + after) / 2 };
  });
  return readings.reduce((best, one) => (one.apart < best.apart ? one : best)).offset;
}

/** libuv counts in whole milliseconds and would act up to one early; a delay that was promised is never cut short. */
function timeoutFor(ms: number): number {
  return ms > 0 ? Math.min(Math.ceil(ms) + 1, LONGEST_TIMEOUT_MS) : 0;
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
    let immediate: NodeJS.Immediate | undefined;
    // libuv looks at its timers before it reads: a daemon that was stopped for a while would call late what has come long ago.
    const timeout = setTimeout(() => {
      immediate = setImmediate(action);
    }, timeoutFor(ms));
    return {
      cancel: () => {
        clearTimeout(timeout);
        clearImmediate(immediate);
      },
    };
  }

  afterReading(action: () => void): void {
    // The check phase of libuv follows its poll phase, in which every readable descriptor is read.
    setImmediate(action);
  }
}
