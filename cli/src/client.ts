import type { AndonEvent, ControlMethod, ControlParams, ControlResult } from '@andon/protocol';
import { AndonError } from '@andon/protocol/errors';
import { type Connection, connectFrames } from '@andon/protocol/node';
import { DaemonRefusal } from './failure.ts';

/** Long enough for a busy daemon, short enough that a wedged one does not hold a script for ever. */
const ANSWER_LIMIT_MS = 30_000;

export interface Gap {
  readonly afterSeq: number;
  readonly beforeSeq: number;
}
export interface Follower {
  onEvent(event: AndonEvent): void;
  onGap(gap: Gap): void;
}
interface Waiting {
  readonly request: string;
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
  #connection: Connection | undefined;
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
    client.#connection = await connectFrames(path, () => ({
      onFrame: (type, data) => client.#accept(type, data),
      onClosed: () => client.#close(),
    }));
    return client;
  }

  request<M extends ControlMethod>(
    method: M,
    params: ControlParams<M>,
    limitMs: number = ANSWER_LIMIT_MS,
  ): Promise<ControlResult<M>> {
    const id = String(++this.#lastId);
    return new Promise<ControlResult<M>>((resolve, reject) => {
      if (!this.#connection || this.#connection.closed) return reject(this.#noAnswer(method, 'the connection has ended'));
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(this.#noAnswer(method, `nothing came within ${limitMs / 1000} s`));
      }, limitMs);
      // The daemon is of this version or says `invalidRequest`; its answers are not validated a second time here.
      this.#waiting.set(id, { request: method, timer, reject, resolve: (result) => resolve(result as ControlResult<M>) });
      this.#connection.send('request', { id, method, params });
    });
  }

  /** Events from now on go to `follower`. Answers the number of the newest event before them. */
  async follow(follower: Follower, resource?: string): Promise<number> {
    this.#follower = follower;
    const { seq } = await this.request('follow', resource === undefined ? {} : { resource });
    return seq;
  }

  close(): void {
    this.#connection?.destroy();
  }

  #accept(type: string, data: unknown): void {
    if (type === 'response') this.#settle(data as ResponseFrame);
    if (type !== 'notify') return;
    const notification = data as NotifyFrame;
    if (notification.method === 'event') this.#follower?.onEvent(notification.params);
    else if (notification.method === 'gap') this.#follower?.onGap(notification.params);
  }

  #settle(frame: ResponseFrame): void {
    const waiting = this.#waiting.get(frame.id);
    if (!waiting) return;
    this.#waiting.delete(frame.id);
    clearTimeout(waiting.timer);
    if (frame.ok) waiting.resolve(frame.result);
    else waiting.reject(new DaemonRefusal(frame.error));
  }

  #close(): void {
    for (const waiting of this.#waiting.values()) {
      clearTimeout(waiting.timer);
      waiting.reject(this.#noAnswer(waiting.request, 'the daemon closed the connection'));
    }
    this.#waiting.clear();
    this.#markEnded();
  }

  #noAnswer(request: string, reason: string): AndonError {
    return new AndonError('noAnswer', { path: this.path, request, reason });
  }
}

type ResponseFrame =
  | { readonly id: string; readonly ok: true; readonly result: unknown }
  | { readonly id: string; readonly ok: false; readonly error: { code: string; message: string; remedy: string; exit: number } };
type NotifyFrame =
  | { readonly method: 'event'; readonly params: AndonEvent }
  | { readonly method: 'gap'; readonly params: Gap };
