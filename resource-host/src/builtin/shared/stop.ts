import { z } from 'zod';
import type { CallFacts } from '../../resource.ts';
import { milliseconds } from './property-kinds.ts';
import type { RunningProcess } from './running-process.ts';
import { waitWithReports } from './waiting.ts';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGABRT'] as const;

/** Properties of every type that ends a process in good order. */
export const STOP_PROPERTIES = {
  stopSignal: z.enum(STOP_SIGNALS).default('SIGTERM').meta({ title: 'Stop signal' }).describe('Sent to the main process by offline.'),
  stopTimeoutMs: milliseconds()
    .default(10_000)
    .meta({ title: 'Stop timeout', unit: 'ms' })
    .describe('Milliseconds between the stop signal and the kill of all that is left. Default 10000; 0 kills at once.'),
};

interface StopProperties {
  readonly stopSignal: NodeJS.Signals;
  readonly stopTimeoutMs: number;
}

/** Sends the stop signal and waits until the main process has exited or `stopTimeoutMs` is over. Rejects when aborted. */
export async function waitForExit(
  running: RunningProcess,
  resource: Pick<CallFacts, 'signal' | 'statusReport'> & { readonly properties: StopProperties },
): Promise<void> {
  const { stopSignal, stopTimeoutMs } = resource.properties;
  if (!running.signal(stopSignal)) return;
  await waitWithReports(resource, {
    wanted: running.exited,
    timeoutMs: stopTimeoutMs,
    text: (seconds) => `waiting for pid ${running.identity.pid} to exit; ${seconds} s left`,
  });
}
