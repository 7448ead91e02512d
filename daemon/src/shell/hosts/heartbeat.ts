import type { Clock, Timer } from '../../ports/index.ts';
import type { CallTable } from './call-table.ts';

const PING_LIMIT_MS = 10_000;

/** Asks an otherwise silent host whether it still reads: a wedged host could no longer signal, and none of its instances is polled. */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #calls: CallTable;
  readonly #nextId: () => string;
  readonly #intervalMs: number;
  #timer: Timer | null = null;
  #repeated = false;

  /** `intervalMs` 0 = off. */
  constructor(clock: Clock, calls: CallTable, intervalMs: number, nextId: () => string) {
    this.#clock = clock;
    this.#calls = calls;
    this.#intervalMs = intervalMs;
    this.#nextId = nextId;
  }

  start(): void {
    this.stop();
    if (this.#intervalMs > 0) this.#timer = this.#clock.after(this.#intervalMs, () => this.#beat());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** An unanswered ping is sent once more; unanswered again, it ends the host as any other call does. */
  forgives(id: string): boolean {
    if (this.#repeated) return false;
    this.#repeated = true;
    this.#calls.repeat(id, PING_LIMIT_MS);
    return true;
  }

  #beat(): void {
    // A host with a call in flight is bounded by that call's own deadline.
    if (!this.#calls.isIdle) {
      this.start();
      return;
    }
    this.#calls.send({
      id: this.#nextId(),
      resource: null,
      method: 'ping',
      params: {},
      limitMs: PING_LIMIT_MS,
      answered: (outcome) => {
        this.#repeated = false;
        const unsupported = outcome.kind === 'refused' && outcome.error.code === 'notSupported';
        if (!unsupported) this.start();
      },
    });
  }
}
