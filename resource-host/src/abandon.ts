import type { Instance } from './instance.ts';
import { messageOf } from './operation.ts';
import type { EndingCause } from './resource.ts';

/** Limits for taking one resource offline, and for terminating it if that fails, ms. */
const OFFLINE_LIMIT_MS = 60_000;
const TERMINATE_LIMIT_MS = 30_000;

/** The host ends on its own account: takes whatever may run offline, the last that came online first, one after the other. */
export async function takeAllOffline(instances: Iterable<Instance>, why: EndingCause, say: (text: string) => void): Promise<void> {
  const running = [...instances].filter((instance) => instance.mayRun);
  for (const instance of running.sort((a, b) => b.onlineSince - a.onlineSince)) {
    try {
      await within(OFFLINE_LIMIT_MS, instance.abandon('offline', why));
      say(`${instance.name} is offline`);
    } catch (error) {
      say(`offline of ${instance.name} failed (${messageOf(error)}); terminating it`);
      await within(TERMINATE_LIMIT_MS, instance.abandon('terminate', why)).catch((problem: unknown) => {
        say(`terminate of ${instance.name} failed: ${messageOf(problem)}`);
      });
    }
  }
}

async function within(limitMs: number, work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(() => late.reject(new Error(`not done within ${limitMs} ms`)), limitMs);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
