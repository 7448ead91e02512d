import { once } from 'node:events';
import { connect } from 'node:net';
import { retried } from '../../shared/retried.ts';
import type { Readiness } from './readiness.ts';

/** A connection that is neither accepted nor refused. */
const ONE_TRY_MS = 2_000;

/** Nobody tells when a port is opened: it is tried, as long as the application is starting. */
export function portReadiness(host: string, port: number): Readiness {
  let trouble = '';
  return {
    wanted: `a connection to ${host.includes(':') ? `[${host}]` : host}:${port}`,
    trouble: () => trouble,
    until: (signal) =>
      retried({
        attempt: () => tryOnce(host, port, signal),
        forMs: Infinity,
        signal,
        onTrouble: (error) => (trouble = wordsOf(error)),
      }),
  };
}

async function tryOnce(host: string, port: number, signal: AbortSignal): Promise<void> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(ONE_TRY_MS)]) });
  } finally {
    // What it still says, such as that it was reset, is of no interest.
    socket.on('error', () => {});
    socket.destroy();
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ABORT_ERR') return `no answer within ${ONE_TRY_MS} ms`;
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
