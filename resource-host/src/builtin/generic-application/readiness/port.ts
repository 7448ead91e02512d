import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Readiness } from './readiness.ts';

const FIRST_TRY_AGAIN_MS = 10;
const LAST_TRY_AGAIN_MS = 250;
/** A connection that is neither accepted nor refused. */
const ONE_TRY_MS = 2_000;

/** Nobody tells when a port is opened: it is tried, as long as the application is starting. */
export function portReadiness(host: string, port: number): Readiness {
  let trouble = '';
  return {
    wanted: `a connection to ${host.includes(':') ? `[${host}]` : host}:${port}`,
    trouble: () => trouble,
    async until(signal) {
      for (let againMs = FIRST_TRY_AGAIN_MS; ; againMs = Math.min(againMs * 2, LAST_TRY_AGAIN_MS)) {
        const refusal = await tryOnce(host, port, signal);
        if (refusal === undefined) return;
        trouble = refusal;
        await delay(againMs, undefined, { signal });
      }
    },
  };
}

/** Undefined when the connection was made; else why not. */
async function tryOnce(host: string, port: number, signal: AbortSignal): Promise<string | undefined> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(ONE_TRY_MS)]) });
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error && error.name === 'AbortError') return `no answer within ${ONE_TRY_MS} ms`;
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  } finally {
    // What it still says, such as that it was reset, is of no interest.
    socket.on('error', () => {});
    socket.destroy();
  }
}
