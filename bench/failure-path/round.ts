import { closeSync, constants, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../shared/statistics.ts';

/** One daemon under measurement, and the host that measures it. */
export interface Side {
  readonly name: 'andon' | 'floor';
  /** The named pipe on which the host waits for its orders. */
  readonly trigger: string;
  readonly folder: string;
  /** What its host last said, for the report of a failure. */
  hostLog(): Promise<string>;
}

export interface Samples {
  /** In the order in which they were taken, in nanoseconds. */
  readonly latenciesNs: readonly number[];
  /** Length of the longest terminate frame, form feed included. */
  readonly frameBytes: number;
}

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** How long after the last sign of progress a host counts as stuck: its own silence limit and some more. */
const STUCK_AFTER_MS = 45_000;
/** Far above what a sample takes with any sensible pause. */
const LONGEST_SAMPLE_MS = 20;
const READY_LIMIT_MS = 10_000;
const LOOK_INTERVAL_MS = 100;

/** Has the host of `side` take `count` samples. Its answer is a file that appears when it is complete. */
export async function takeSamples(side: Side, count: number, signal: AbortSignal): Promise<Samples> {
  const output = join(side.folder, 'samples');
  rmSync(output, { force: true });
  await order(side, `${count} ${output}\n`, signal);
  const limit = performance.now() + STUCK_AFTER_MS + count * LONGEST_SAMPLE_MS;
  // Looking ten times a second costs less than a watcher would, and the host is never asked anything.
  while (!existsSync(output)) {
    if (performance.now() > limit) {
      throw new Error(`the host of the ${side.name} side did not finish ${count} samples; it said:\n${await side.hostLog()}`);
    }
    await sleep(LOOK_INTERVAL_MS, undefined, { signal });
  }
  return parseSamples(readFileSync(output, 'utf8'));
}

/** Waits for the host to open its end: a blocking open would hang for ever when there is no host. */
async function order(side: Side, line: string, signal: AbortSignal): Promise<void> {
  const limit = performance.now() + READY_LIMIT_MS;
  for (;;) {
    try {
      const fd = openSync(side.trigger, constants.O_WRONLY | constants.O_NONBLOCK);
      writeSync(fd, line);
      closeSync(fd);
      return;
    } catch (error) {
      if (performance.now() > limit) throw new Error(`the host of the ${side.name} side does not run`, { cause: error });
    }
    await sleep(LOOK_INTERVAL_MS, undefined, { signal });
  }
}

function parseSamples(text: string): Samples {
  const rows = text
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number));
  return {
    latenciesNs: rows.map(([latency = Number.NaN]) => latency),
    frameBytes: Math.max(...rows.map(([, bytes = 0]) => bytes)),
  };
}

/** In microseconds. */
export function percentiles(latenciesNs: readonly number[]): Percentiles {
  const sorted = latenciesNs.toSorted((a, b) => a - b);
  const at = (fraction: number): number => percentile(sorted, fraction) / 1_000;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}
