import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../operation.ts';
import type { LifelineProperties } from './properties.ts';
import { addressOf, ask, isRefusal, silentConnection } from './service.ts';

/** A new connection that lasts this long is a lifeline; proxies accept for services that are gone, and hang up at once. */
const HOLDS_AFTER_MS = 250;
const RETRY_MS = 50;

/** One connection that is kept open. It costs nothing while it stands: no timer, no thread, nothing is asked. */
export class Lifeline {
  readonly #properties: LifelineProperties;
  readonly #onFailure: (reason: string) => void;
  readonly #ended = new AbortController();
  #socket: Socket;

  constructor(socket: Socket, properties: LifelineProperties, onFailure: (reason: string) => void) {
    this.#properties = properties;
    this.#onFailure = onFailure;
    this.#socket = socket;
    this.#hold(socket);
  }

  end(): void {
    this.#ended.abort();
    this.#socket.destroy();
  }

  #hold(socket: Socket): void {
    this.#socket = socket;
    void lossOf(socket).then((loss) => this.#suspect(loss));
  }

  /** Healthy servers hang up on idle connections, too: only one that does not take a new one has failed. */
  async #suspect(loss: string): Promise<void> {
    const { signal } = this.#ended;
    const window = new AbortController();
    const timer = setTimeout(() => window.abort(), this.#properties.reconnectWindowMs);
    try {
      const socket = await this.#connectedAgain(AbortSignal.any([signal, window.signal]));
      if (signal.aborted) socket.destroy();
      else this.#hold(socket);
    } catch (error) {
      if (signal.aborted) return;
      this.#onFailure(`the connection to ${addressOf(this.#properties)} was lost (${loss}), and there is no new one: ${messageOf(error)}`);
    } finally {
      clearTimeout(timer);
    }
  }

  async #connectedAgain(signal: AbortSignal): Promise<Socket> {
    let trouble: unknown = new Error(`no answer within ${this.#properties.reconnectWindowMs} ms`);
    while (!signal.aborted) {
      try {
        await ask(this.#properties, signal);
        const socket = await silentConnection(this.#properties, signal);
        const loss = await this.#lossWithinTrial(socket, signal);
        if (loss === undefined) return socket;
        trouble = new Error(`it takes connections and hangs up (${loss})`);
      } catch (error) {
        if (isRefusal(error)) throw error;
        if (!signal.aborted) trouble = error;
      }
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
    throw trouble;
  }

  async #lossWithinTrial(socket: Socket, signal: AbortSignal): Promise<string | undefined> {
    const trialMs = Math.min(HOLDS_AFTER_MS, this.#properties.reconnectWindowMs / 2);
    try {
      return await Promise.race([lossOf(socket), delay(trialMs, undefined, { signal })]);
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }
}

/** Resolves when the connection is gone, with how. What the service sends is of no interest. */
function lossOf(socket: Socket): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.resume();
  socket.once('error', (error) => resolve(error.message));
  socket.once('end', () => resolve('closed by the service'));
  socket.once('close', () => resolve('closed'));
  return promise;
}
