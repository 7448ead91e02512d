import { statSync } from 'node:fs';
import { untilFoundAt } from '../../shared/path-watch.ts';
import type { Readiness } from './readiness.ts';

/** File systems stamp with a clock that ticks this coarsely at most, ms. */
const CLOCK_TICK_MS = 10;

/** One that an earlier run has left is not meant. */
export function fileReadiness(path: string, startedAt: number): Readiness {
  let isOld = false;
  return {
    wanted: `file ${path}`,
    trouble: () => (isOld ? 'it is there, but older than this start' : ''),
    async until(signal) {
      await untilFoundAt(
        path,
        () => {
          const stats = statSync(path, { throwIfNoEntry: false });
          isOld = stats !== undefined && stats.ctimeMs < startedAt - CLOCK_TICK_MS;
          return stats && !isOld ? path : undefined;
        },
        signal,
      );
    },
  };
}
