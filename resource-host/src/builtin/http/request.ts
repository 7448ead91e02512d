import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as requestHttp, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { readFileSync } from 'node:fs';
import { rootCertificates, TLSSocket } from 'node:tls';
import type { HttpProperties } from './properties.ts';

/** More of a body is not looked at. */
const LOOKED_AT_BYTES = 1024 * 1024;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
  /** Days until the certificate of the server expires; undefined without TLS. */
  readonly certificateDays: number | undefined;
}

interface Question {
  readonly method: string;
  readonly body?: string | undefined;
  /** Undefined: over a connection of its own. */
  readonly agent: HttpAgent | undefined;
  readonly signal: AbortSignal;
}

/** An agent that keeps one connection open between requests. */
export function keepAliveAgent({ url }: HttpProperties): HttpAgent {
  const options = { keepAlive: true, maxSockets: 1 };
  return url.startsWith('https:') ? new HttpsAgent(options) : new HttpAgent(options);
}

/** Asks once. Rejects when there is no whole answer in time. */
export async function ask(properties: HttpProperties, { method, body, agent, signal }: Question): Promise<Answer> {
  const { url, headers, socketPath, timeoutMs } = properties;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error(`no whole answer within ${timeoutMs} ms`)), timeoutMs);
  const limit = AbortSignal.any([signal, late.signal]);
  const options: RequestOptions = {
    method,
    headers: { 'User-Agent': 'andon', ...headers },
    agent: agent ?? false,
    signal: limit,
    ...(socketPath === undefined ? {} : { socketPath }),
  };
  const isTls = url.startsWith('https:');
  const request = isTls ? requestHttps(url, { ...options, ...trust(properties) }) : requestHttp(url, options);
  try {
    return await answerOf(request, body);
  } catch (error) {
    // A server may hang up on a resting connection in the moment that it is used again: that says nothing about its health.
    if (request.reusedSocket && !limit.aborted) return await ask(properties, { method, body, agent: undefined, signal });
    throw limit.aborted ? limit.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

async function answerOf(request: ClientRequest, body: string | undefined): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request.on('response', resolve).on('error', reject);
  request.end(body);
  const response = await promise;
  const { statusCode = 0, headers, socket } = response;
  const certificateDays = socket instanceof TLSSocket ? daysLeft(socket) : undefined;
  return { status: statusCode, headers, body: await textOf(response), certificateDays };
}

/** Reads to the end, so that the connection can be used again; but not for ever. */
async function textOf(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response) {
    if (!Buffer.isBuffer(piece)) continue;
    pieces.push(piece);
    bytes += piece.length;
    if (bytes >= LOOKED_AT_BYTES) break;
  }
  return Buffer.concat(pieces).toString('utf8', 0, LOOKED_AT_BYTES);
}

function trust({ verify, caFile }: HttpProperties): { rejectUnauthorized: boolean; ca?: string[] } {
  const own = caFile === undefined ? {} : { ca: [...rootCertificates, readFileSync(caFile, 'utf8')] };
  return { rejectUnauthorized: verify, ...own };
}

function daysLeft(socket: TLSSocket): number {
  return (Date.parse(socket.getPeerCertificate().valid_to) - Date.now()) / 86_400_000;
}
