import { Response, type WireError } from '@andon/protocol';

/** The daemon answers a host's request from memory, so a longer silence means that the connection is of no use. ms. */
export const REQUEST_LIMIT_MS = 30_000;

/** Why a request to the daemon has no result. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: WireError['code'];

  constructor(code: WireError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: RequestError): void;
  readonly timer: NodeJS.Timeout;
}

/** Requests to the daemon that wait for their answer. Every one settles: by its answer, by its limit, or with the connection. */
export class RequestTable {
  readonly #waiting = new Map<string, Waiting>();
  #lastId = 0;

  open(send: (id: string) => void): Promise<unknown> {
    const id = `h${++this.#lastId}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new RequestError('timeout', `the daemon did not answer within ${REQUEST_LIMIT_MS} ms`));
      }, REQUEST_LIMIT_MS);
      this.#waiting.set(id, { resolve, reject, timer });
      send(id);
    });
  }

  /** Takes a response frame; false when it answers nothing that waits. */
  answer(frame: unknown): boolean {
    const parsed = Response.safeParse(frame);
    if (!parsed.success) return false;
    const waiting = this.#take(parsed.data.id);
    if (!waiting) return false;
    if (parsed.data.ok) waiting.resolve(parsed.data.result);
    else waiting.reject(new RequestError(parsed.data.error.code, parsed.data.error.message));
    return true;
  }

  /** The connection is gone, and with it every answer. */
  settleAll(): void {
    for (const id of this.#waiting.keys()) {
      this.#take(id)?.reject(new RequestError('unavailable', 'the connection to the daemon broke'));
    }
  }

  #take(id: string): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    clearTimeout(waiting?.timer);
    return waiting;
  }
}
