import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { LifelineProperties } from './properties.ts';

/** More of an answer is not looked at: a greeting is short. */
const LOOKED_AT_BYTES = 64 * 1024;
/** Nobody listens there, or nothing can: to ask again would not help. */
const REFUSALS: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'ENOTSOCK',
  'EACCES',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
]);

/** Whether the service said no, rather than nothing or the wrong thing. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isRefusal);
  return error instanceof Error && 'code' in error && REFUSALS.has(error.code);
}

/** `127.0.0.1:6379`, `/run/redis.sock`. */
export function addressOf({ host, port, path }: LifelineProperties): string {
  return path ?? (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
}

/** Whether a new connection is answered as it should be. Rejects with the reason why not. */
export async function ask(properties: LifelineProperties, signal: AbortSignal): Promise<void> {
  await withinLimit(properties, signal, async (socket, limit) => {
    try {
      await greet(socket, properties, limit);
    } finally {
      socket.destroy();
    }
  });
}

/** A connection over which nothing is said: what is asked may end it, as it does with HTTP. */
export function silentConnection(properties: LifelineProperties, signal: AbortSignal): Promise<Socket> {
  return withinLimit(properties, signal, (socket) => Promise.resolve(socket));
}

async function withinLimit<Outcome>(
  { path, host, port = 0, answerTimeoutMs, keepAliveMs }: LifelineProperties,
  signal: AbortSignal,
  use: (socket: Socket, limit: AbortSignal) => Promise<Outcome>,
): Promise<Outcome> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error(`no answer within ${answerTimeoutMs} ms`)), answerTimeoutMs);
  const limit = AbortSignal.any([signal, late.signal]);
  const socket =
    path === undefined ? connect({ host, port, keepAlive: keepAliveMs > 0, keepAliveInitialDelay: keepAliveMs }) : connect(path);
  try {
    await once(socket, 'connect', { signal: limit });
    return await use(socket, limit);
  } catch (error) {
    socket.destroy();
    // What ends the waiting is wrapped by it; the reason is what a person wants to read.
    throw error instanceof Error && error.name === 'AbortError' ? limit.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

async function greet(socket: Socket, { send, sendHex, expect }: LifelineProperties, signal: AbortSignal): Promise<void> {
  const greeting = sendHex === undefined ? send : Buffer.from(sendHex, 'hex');
  if (greeting !== undefined) socket.write(greeting);
  if (expect === undefined) return;
  const pattern = new RegExp(expect);
  let answer = '';
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onData = (bytes: Buffer): void => {
    answer += bytes.toString('latin1');
    if (pattern.test(answer)) resolve();
    else if (answer.length > LOOKED_AT_BYTES) reject(unexpected(answer, expect));
  };
  const onEnd = (): void => reject(answer === '' ? new Error('it hung up without an answer') : unexpected(answer, expect));
  const onAbort = (): void => reject(answer === '' ? signal.reason : unexpected(answer, expect));
  socket.on('data', onData).on('end', onEnd).on('error', reject);
  signal.addEventListener('abort', onAbort);
  try {
    await promise;
  } finally {
    socket.off('data', onData).off('end', onEnd).off('error', reject);
    signal.removeEventListener('abort', onAbort);
  }
}

function unexpected(answer: string, expect: string): Error {
  return new Error(`it answered ${JSON.stringify(answer.slice(0, 80))}, which does not match ${expect}`);
}
