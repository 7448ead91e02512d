import type { InMemoryProperties } from './resource.ts';

/** Requests that may be on their way at once, so that 10,000 resources do not flood a daemon that has just started. */
const MAX_ON_THEIR_WAY = 16;

/** Tells the daemon the newest in-memory values of each resource; values in between are skipped while one is on its way. */
export class InMemoryPropertySender {
  readonly #send: (resource: string, values: InMemoryProperties) => Promise<void>;
  readonly #values = new Map<string, InMemoryProperties>();
  readonly #changed = new Set<string>();
  #onTheirWay = 0;

  /** `send` rejects when the daemon did not take the values. */
  constructor(send: (resource: string, values: InMemoryProperties) => Promise<void>) {
    this.#send = send;
  }

  set(resource: string, values: InMemoryProperties): void {
    this.#values.set(resource, { ...this.#values.get(resource), ...values });
    this.#changed.add(resource);
    this.#pump();
  }

  forget(resource: string): void {
    this.#values.delete(resource);
    this.#changed.delete(resource);
  }

  /** A daemon has come (back): it knows none of the values. */
  sendAll(): void {
    for (const resource of this.#values.keys()) this.#changed.add(resource);
    this.#pump();
  }

  #pump(): void {
    for (const resource of this.#changed) {
      if (this.#onTheirWay >= MAX_ON_THEIR_WAY) return;
      this.#changed.delete(resource);
      void this.#sendOne(resource);
    }
  }

  async #sendOne(resource: string): Promise<void> {
    const values = this.#values.get(resource);
    if (!values) return;
    this.#onTheirWay++;
    try {
      await this.#send(resource, values);
    } catch {
      // Without a daemon `sendAll` follows; a daemon that refused the values will refuse them again.
    } finally {
      this.#onTheirWay--;
      this.#pump();
    }
  }
}
