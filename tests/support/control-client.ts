import type { AndonEvent, ControlMethod, ControlParams, ControlResult } from '@andon/protocol';
import { type Connection, connectFrames } from '@andon/protocol/node';

/** How long a test waits for an event that does not come. Proofs, which expect just that, shorten it. */
export const EVENT_LIMIT_MS = Number(process.env['ANDON_TEST_LIMIT_MS'] ?? 15_000);

/** A refusal of the daemon, as data. */
export class Refused extends Error {
  readonly code: string;
  readonly exit: number;
  constructor(error: { readonly code: string; readonly message: string; readonly exit: number }) {
    super(error.message);
    this.code = error.code;
    this.exit = error.exit;
  }
}

/** Speaks to a daemon as the command line does, and keeps every event since it connected. */
export class ControlClient {
  readonly events: AndonEvent[] = [];
  readonly #waiting = new Map<string, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  readonly #listeners = new Set<() => void>();
  #connection: Connection | undefined;
  #next = 0;
  isClosed = false;

  static async connect(path: string): Promise<ControlClient> {
    const client = new ControlClient();
    client.#connection = await connectFrames(path, () => ({
      onFrame: (type, data) => client.#receive(type, data),
      onClosed: () => client.#closed(),
    }));
    await client.request('follow', {});
    return client;
  }

  request<M extends ControlMethod>(method: M, params: ControlParams<M>): Promise<ControlResult<M>> {
    const id = String(++this.#next);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: (result) => resolve(result as ControlResult<M>), reject });
      this.#connection?.send('request', { id, method, params });
    });
  }

  /** The first event that fits, of those that came already or will come. Rejects when none comes in time. */
  event(fits: (event: AndonEvent) => boolean, limitMs = EVENT_LIMIT_MS): Promise<AndonEvent> {
    return new Promise((resolve, reject) => {
      let looked = 0;
      const look = (): boolean => {
        const found = this.events.slice(looked).find(fits);
        looked = this.events.length;
        if (!found) return false;
        clearTimeout(late);
        this.#listeners.delete(look);
        resolve(found);
        return true;
      };
      const late = setTimeout(() => {
        this.#listeners.delete(look);
        reject(
          new Error(`no such event within ${limitMs} ms; there were:\n${this.events.map((event) => JSON.stringify(event)).join('\n')}`),
        );
      }, limitMs);
      if (!look()) this.#listeners.add(look);
    });
  }

  /** The first event of this kind for this resource with a number above `afterSeq`. */
  next(kind: string, resource: string | null = null, afterSeq = 0, limitMs?: number): Promise<AndonEvent> {
    return this.event(
      (event) => event.kind === kind && (resource === null || event.resource === resource) && event.seq > afterSeq,
      limitMs,
    );
  }

  /** Events so far of this resource, as `kind`. */
  kinds(resource: string): string[] {
    return this.events.filter((event) => event.resource === resource).map(({ kind }) => kind);
  }

  get seq(): number {
    return this.events.at(-1)?.seq ?? 0;
  }

  close(): void {
    this.#connection?.destroy();
  }

  #receive(type: string, data: unknown): void {
    if (type === 'notify') {
      const { method, params } = data as { method: string; params: AndonEvent };
      if (method === 'event') this.events.push(params);
      for (const listener of this.#listeners) listener();
      return;
    }
    const response = data as { id: string; ok: boolean; result: unknown; error: { code: string; message: string; exit: number } };
    const waiting = this.#waiting.get(response.id);
    this.#waiting.delete(response.id);
    if (response.ok) waiting?.resolve(response.result);
    else waiting?.reject(new Refused(response.error));
  }

  #closed(): void {
    this.isClosed = true;
    for (const { reject } of this.#waiting.values()) reject(new Error('the daemon closed the connection'));
    this.#waiting.clear();
    for (const listener of this.#listeners) listener();
  }
}
