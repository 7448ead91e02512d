import { resolve } from 'node:path';
import type { CallFacts } from '../../../resource.ts';
import type { RunningProcess } from '../../shared/running-process.ts';
import { waitWithReports } from '../../shared/waiting.ts';
import type { ApplicationProperties } from '../properties.ts';
import { fileReadiness } from './file.ts';
import { lineReadiness } from './line.ts';
import type { NotifySocket } from './notify-socket.ts';
import { portReadiness } from './port.ts';

/** How an application shows that it works. */
export interface Readiness {
  /** What is waited for: `a connection to 127.0.0.1:8080`. */
  readonly wanted: string;
  /** Resolves once it is there. Rejects when aborted. */
  until(signal: AbortSignal): Promise<void>;
  /** What stood in the way last; empty when there is nothing to say. */
  readonly trouble?: () => string;
}

/** Where the signs of one start are found. */
export interface Signs {
  readonly logPath: string;
  readonly logBytes: number;
  readonly startedAt: number;
  readonly notify: NotifySocket | undefined;
}

/** Undefined when the application works as soon as it is started. */
export function readinessOf(properties: ApplicationProperties, signs: Signs): Readiness | undefined {
  const { readyPort, readyHost, readyLine, readyFile, cwd } = properties;
  if (readyPort !== undefined) return portReadiness(readyHost, readyPort);
  if (readyLine !== undefined) return lineReadiness(new RegExp(readyLine), signs.logPath, signs.logBytes);
  if (readyFile !== undefined) return fileReadiness(resolve(cwd, readyFile), signs.startedAt);
  const { notify } = signs;
  return notify && { wanted: 'READY=1 from the application', until: () => notify.ready };
}

/** Throws when the application exits first, when `readyTimeoutMs` is over, and when the call is aborted. */
export async function waitUntilReady(
  readiness: Readiness,
  running: RunningProcess,
  resource: Pick<CallFacts, 'signal' | 'statusReport'> & { readonly properties: ApplicationProperties },
): Promise<void> {
  const { readyTimeoutMs } = resource.properties;
  const waiting = new AbortController();
  const ready = readiness.until(waiting.signal).then(() => 'ready' as const);
  const exited = running.exited.then((how) => ({ how }));
  try {
    const end = await waitWithReports(resource, {
      wanted: Promise.race([ready, exited]),
      timeoutMs: readyTimeoutMs,
      text: (seconds) => `pid ${running.identity.pid} runs; waiting for ${readiness.wanted}; ${seconds} s left`,
    });
    if (end === 'ready') return;
    if (end !== 'timedOut') throw new Error(`${end.how}; it was not ready yet (waited for ${readiness.wanted})`);
    const trouble = readiness.trouble?.() ?? '';
    throw new Error(`not ready within ${readyTimeoutMs} ms: waited for ${readiness.wanted}${trouble && ` (${trouble})`}`);
  } finally {
    waiting.abort();
  }
}
