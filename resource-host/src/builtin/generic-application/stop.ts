import type { Resource } from '../../resource.ts';
import type { ApplicationProperties } from './properties.ts';
import type { RunningProcess } from './running-process.ts';

/** Time between two status reports of an offline, ms; below any sensible PendingTimeout. */
const REPORT_EVERY_MS = 1_000;

/** Sends the stop signal and waits until the main process has exited or `stopTimeoutMs` is over. Rejects when aborted. */
export async function waitForExit(
  running: RunningProcess,
  resource: Pick<Resource<ApplicationProperties, unknown>, 'properties' | 'signal' | 'statusReport'>,
): Promise<void> {
  const { stopSignal, stopTimeoutMs } = resource.properties;
  if (!running.signal(stopSignal)) return;
  const { promise: over, resolve, reject } = Promise.withResolvers<void>();
  const endsAt = performance.now() + stopTimeoutMs;
  const timeout = setTimeout(resolve, stopTimeoutMs);
  const reports = setInterval(() => {
    const seconds = Math.round((endsAt - performance.now()) / 1_000);
    void resource.statusReport({
      text: `waiting for pid ${running.identity.pid} to exit; ${seconds} s left`,
    });
  }, REPORT_EVERY_MS);
  const onAbort = (): void => reject(resource.signal.reason);
  resource.signal.addEventListener('abort', onAbort);
  try {
    resource.signal.throwIfAborted();
    await Promise.race([running.exited, over]);
  } finally {
    clearTimeout(timeout);
    clearInterval(reports);
    resource.signal.removeEventListener('abort', onAbort);
  }
}
