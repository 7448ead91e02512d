import type { Concurrency } from '@andon/protocol';
import { CallError } from './resource.ts';

/** `exclusive` calls (startup, open, close) hold back even terminate. */
export type CallKind = 'ordinary' | 'exclusive' | 'terminate';

/** The daemon keeps at most 64 calls in flight, so more than this means that it lost count. Terminates are never refused. */
const MAX_WAITING_CALLS = 4_096;

/**
 * Decides when a call may begin: one at a time for each resource, or in the whole host when it is serial. Terminate waits
 * for nothing but a running startup, open or close, and goes before everything that waits.
 */
export class CallOrder {
  readonly #concurrency: Concurrency;
  readonly #lanes = new Map<string, Lane>();

  constructor(concurrency: Concurrency) {
    this.#concurrency = concurrency;
  }

  /** Runs `work` in its turn and answers what it answers. The turn lasts until `work` settles. */
  async run<Result>(key: string, kind: CallKind, work: () => Promise<Result>): Promise<Result> {
    const laneKey = this.#concurrency === 'serial' ? '' : key;
    const lane = this.#lanes.get(laneKey) ?? new Lane();
    this.#lanes.set(laneKey, lane);
    await lane.enter(kind);
    try {
      return await work();
    } finally {
      lane.leave(kind);
      if (lane.empty && this.#lanes.get(laneKey) === lane) this.#lanes.delete(laneKey);
    }
  }
}

class Lane {
  #running: Record<CallKind, number> = { ordinary: 0, exclusive: 0, terminate: 0 };
  #terminates: (() => void)[] = [];
  #others: { readonly kind: CallKind; readonly start: () => void }[] = [];

  get empty(): boolean {
    const { ordinary, exclusive, terminate } = this.#running;
    return ordinary + exclusive + terminate + this.#terminates.length + this.#others.length === 0;
  }

  /** Resolves once the call may begin; at once, without a turn of the event loop, when nothing is in its way. */
  enter(kind: CallKind): Promise<void> | undefined {
    if (this.#mayStart(kind) && (kind === 'terminate' || this.#others.length === 0)) {
      this.#running[kind]++;
      return undefined;
    }
    if (kind !== 'terminate' && this.#others.length >= MAX_WAITING_CALLS) {
      throw new CallError('busy', `${MAX_WAITING_CALLS} calls wait already`);
    }
    return new Promise((start) => {
      if (kind === 'terminate') this.#terminates.push(start);
      else this.#others.push({ kind, start });
    });
  }

  leave(kind: CallKind): void {
    this.#running[kind]--;
    if (this.#mayStart('terminate')) {
      for (const start of this.#terminates.splice(0)) {
        this.#running.terminate++;
        start();
      }
    }
    const next = this.#others[0];
    if (next && this.#mayStart(next.kind)) {
      this.#others.shift();
      this.#running[next.kind]++;
      next.start();
    }
  }

  #mayStart(kind: CallKind): boolean {
    const { ordinary, exclusive, terminate } = this.#running;
    if (exclusive > 0) return false;
    return kind === 'terminate' || ordinary + terminate === 0;
  }
}
