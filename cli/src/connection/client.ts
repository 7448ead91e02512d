import type { AndonEvent, ControlMethod, ControlParams, ControlResult } from '@andon/protocol';
import { AndonError } from '@andon/protocol/errors';
import { MAX_PART_LENGTH } from '@andon/protocol/limits';
import { DaemonRefusal } from '../failure.ts';
import { connectSocket, type FrameSocket } from './frame-socket.ts';
import { type ControlFrame, type Gap, readFrame } from './wire.ts';

/** Long enough for a busy daemon, short enough that a wedged one does not hold a script for ever. */
const ANSWER_LIMIT_MS = 30_000;

export interface Follower {
  onEvent(event: AndonEvent): void;
  onGap(gap: Gap): void;
}
interface Waiting {
  readonly request: string;
  /** Pieces of a long result that have come so far. */
  readonly parts: string[];
  readonly timer: NodeJS.Timeout;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** One connection to the daemon. Requests may overlap; every one of them settles, at the latest when the connection ends. */
export class ControlClient {
  readonly path: string;
  /** Settles when the connection has ended, whoever ended it. */
  readonly ended: Promise<void>;
  readonly #waiting = new Map<string, Waiting>();
  #connection: FrameSocket | undefined;
  #follower: Follower | undefined;
  #lastId = 0;
  #markEnded: () => void = () => {};

  private constructor(path: string) {
    this.path = path;
    this.ended = new Promise((resolve) => {
      this.#markEnded = resolve;
    });
  }

  /** Rejects with the socket's own error when nothing listens at `path`. */
  static async connect(path: string): Promise<ControlClient> {
    const client = new ControlClient(path);
    client.#connection = await connectSocket(path, {
      onFrame: (type, data) => client.#accept(readFrame(type, data)),
      onClosed: () => client.#close(),
    });
    return client;
  }

  request<M extends ControlMethod>(method: M, params: ControlParams<M>, limitMs: number = ANSWER_LIMIT_MS): Promise<ControlResult<M>> {
    const id = String(++this.#lastId);
    return new Promise<ControlResult<M>>((resolve, reject) => {
      if (!this.#connection || this.#connection.closed) return reject(this.#noAnswer(method, 'the connection has ended'));
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(this.#noAnswer(method, `nothing came within ${limitMs / 1000} s`));
      }, limitMs);
      this.#waiting.set(id, {
        request: method,
        parts: [],
        timer,
        reject,
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a codec: answers of our own daemon are not checked twice
        resolve: (result) => resolve(result as ControlResult<M>),
      });
      sendRequest(this.#connection, id, method, params);
    });
  }

  /** Events from now on go to `follower`. Answers the number of the newest event before them. */
  async follow(follower: Follower, resource?: string): Promise<number> {
    this.#follower = follower;
    const { seq } = await this.request('follow', resource === undefined ? {} : { resource });
    return seq;
  }

  /** Why somebody who waits for the daemon to speak waits in vain, once `ended` has settled. */
  lost(request: string): AndonError {
    return this.#noAnswer(request, 'the daemon closed the connection');
  }

  close(): void {
    this.#connection?.destroy();
  }

  #accept(frame: ControlFrame | null): void {
    if (frame?.kind === 'event') this.#follower?.onEvent(frame.event);
    else if (frame?.kind === 'gap') this.#follower?.onGap(frame.gap);
    else if (frame) this.#settle(frame);
  }

  #settle(frame: Exclude<ControlFrame, { readonly kind: 'event' | 'gap' }>): void {
    const waiting = this.#waiting.get(frame.id);
    if (!waiting) return;
    if (frame.kind === 'part') waiting.parts.push(frame.part);
    if (frame.kind === 'part' && frame.more) return;
    this.#waiting.delete(frame.id);
    clearTimeout(waiting.timer);
    if (frame.kind === 'error') waiting.reject(new DaemonRefusal(frame.error));
    else waiting.resolve(frame.kind === 'part' ? JSON.parse(waiting.parts.join('')) : frame.result);
  }

  #close(): void {
    for (const waiting of this.#waiting.values()) {
      clearTimeout(waiting.timer);
      waiting.reject(this.lost(waiting.request));
    }
    this.#waiting.clear();
    this.#markEnded();
  }

  #noAnswer(request: string, reason: string): AndonError {
    return new AndonError('noAnswer', { path: this.path, request, reason });
  }
}

/** What does not fit a frame goes as pieces of its JSON text (see CONTROL). */
function sendRequest(connection: FrameSocket, id: string, method: string, params: unknown): void {
  const text = JSON.stringify(params);
  if (text.length <= MAX_PART_LENGTH) return connection.send('request', { id, method, params });
  for (let start = 0; start < text.length; start += MAX_PART_LENGTH) {
    const end = start + MAX_PART_LENGTH;
    connection.send('request', { id, method, part: text.slice(start, end), more: end < text.length });
  }
}
