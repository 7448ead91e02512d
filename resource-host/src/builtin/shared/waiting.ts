import type { CallFacts } from '../../resource.ts';

/** Time between two status reports of a wait, ms; below any sensible PendingTimeout. */
const REPORT_EVERY_MS = 1_000;

export interface Wait<Wanted> {
  readonly wanted: Promise<Wanted>;
  readonly timeoutMs: number;
  /** What is waited for, as the status shows it while it lasts. */
  readonly text: (secondsLeft: number) => string;
}

/** Waits at most `timeoutMs`, and reports every second that it does. Rejects when the call is aborted, or when `wanted` does. */
export async function waitWithReports<Wanted>(
  { signal, statusReport }: Pick<CallFacts, 'signal' | 'statusReport'>,
  { wanted, timeoutMs, text }: Wait<Wanted>,
): Promise<Wanted | 'timedOut'> {
  // Whoever gives up does not hear of what it waited for any more.
  wanted.catch(() => undefined);
  signal.throwIfAborted();
  const { promise: over, resolve, reject } = Promise.withResolvers<'timedOut'>();
  const endsAt = performance.now() + timeoutMs;
  const timeout = setTimeout(resolve, timeoutMs, 'timedOut');
  const reports = setInterval(() => {
    void statusReport({ text: text(Math.max(0, Math.round((endsAt - performance.now()) / 1_000))) });
  }, REPORT_EVERY_MS);
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  try {
    return await Promise.race([wanted, over]);
  } finally {
    clearTimeout(timeout);
    clearInterval(reports);
    signal.removeEventListener('abort', onAbort);
  }
}
