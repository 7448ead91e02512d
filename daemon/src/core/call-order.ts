import { type Concurrency, type EntryPoint, MAX_IN_FLIGHT } from '@andon/protocol';

/** A call as far as its place in the order goes. `resource` null: it concerns the host as a whole. */
export interface OrderedCall {
  readonly resource: string | null;
  readonly method: EntryPoint;
}

/** What may be sent now, in this order, and what a terminate has made pointless before it was sent. */
export interface Release<C> {
  readonly send: readonly C[];
  readonly dropped: readonly C[];
}

interface Lane<C> {
  running: C | null;
  readonly terminates: Set<C>;
  /** Insertion order is the order of sending; terminates wait in a list of their own and go first. */
  readonly waiting: Set<C>;
  readonly waitingTerminates: Set<C>;
}

/** Calls that terminate may not overlap (S36). */
const EXCLUSIVE: ReadonlySet<EntryPoint> = new Set<EntryPoint>(['startup', 'open', 'close']);
const NOTHING: Release<never> = { send: [], dropped: [] };

/**
 * Decides which calls a host may have unanswered. A serial host has one lane, another host one for each resource: in a lane
 * one call runs and the others queue, except that terminate overtakes everything and overlaps all but startup, open and
 * close (S35, S36). No I/O; the owner sends what is released and reports what was answered.
 */
export class CallOrder<C extends OrderedCall> {
  readonly #serial: boolean;
  readonly #lanes = new Map<string, Lane<C>>();
  #inFlight = 0;
  /** Lanes that could go on but for the limit of calls in flight. */
  readonly #starved = new Set<Lane<C>>();

  constructor(concurrency: Concurrency) {
    this.#serial = concurrency === 'serial';
  }

  /** Nothing runs and nothing waits. */
  get isIdle(): boolean {
    return this.#lanes.size === 0;
  }

  /** Whether a terminate of this resource would be sent at once. */
  mayTerminate(resource: string): boolean {
    const lane = this.#lanes.get(this.#serial ? '' : resource);
    return !lane?.running || !EXCLUSIVE.has(lane.running.method);
  }

  offer(call: C): Release<C> {
    const lane = this.#lane(call);
    if (call.method !== 'terminate') {
      lane.waiting.add(call);
      return { send: this.#advance(lane), dropped: [] };
    }
    const dropped = lane.waiting.size === 0 ? [] : this.#dropWaiting(lane, call.resource);
    if (lane.running && EXCLUSIVE.has(lane.running.method)) {
      lane.waitingTerminates.add(call);
      return { send: [], dropped };
    }
    lane.terminates.add(call);
    return { send: [call], dropped };
  }

  completed(call: C): Release<C> {
    const lane = this.#lanes.get(this.#laneName(call));
    if (!lane) return NOTHING;
    if (lane.running === call) {
      lane.running = null;
      this.#inFlight--;
    } else if (!lane.terminates.delete(call)) return NOTHING;
    const send = this.#advance(lane);
    if (isEmpty(lane)) this.#lanes.delete(this.#laneName(call));
    for (const starved of this.#starved) {
      if (this.#inFlight >= MAX_IN_FLIGHT) break;
      this.#starved.delete(starved);
      send.push(...this.#advance(starved));
    }
    return { send, dropped: [] };
  }

  /** Forgets everything: the host is gone. */
  clear(): void {
    this.#lanes.clear();
    this.#starved.clear();
    this.#inFlight = 0;
  }

  #advance(lane: Lane<C>): C[] {
    const send: C[] = [];
    const exclusive = lane.running !== null && EXCLUSIVE.has(lane.running.method);
    if (!exclusive) {
      for (const terminate of lane.waitingTerminates) {
        send.push(terminate);
        lane.terminates.add(terminate);
      }
      lane.waitingTerminates.clear();
    }
    const [next] = lane.waiting;
    if (lane.running !== null || next === undefined) return send;
    if (lane.terminates.size > 0 && EXCLUSIVE.has(next.method)) return send;
    if (this.#inFlight >= MAX_IN_FLIGHT) {
      this.#starved.add(lane);
      return send;
    }
    lane.waiting.delete(next);
    lane.running = next;
    this.#inFlight++;
    send.push(next);
    return send;
  }

  #dropWaiting(lane: Lane<C>, resource: string | null): readonly C[] {
    const dropped = [...lane.waiting].filter((waiting) => waiting.resource === resource);
    for (const call of dropped) lane.waiting.delete(call);
    return dropped;
  }

  #laneName(call: OrderedCall): string {
    return this.#serial ? '' : (call.resource ?? '');
  }

  #lane(call: OrderedCall): Lane<C> {
    const name = this.#laneName(call);
    let lane = this.#lanes.get(name);
    if (!lane) {
      lane = { running: null, terminates: new Set(), waiting: new Set(), waitingTerminates: new Set() };
      this.#lanes.set(name, lane);
    }
    return lane;
  }
}

function isEmpty(lane: Lane<unknown>): boolean {
  return lane.running === null && lane.terminates.size === 0 && lane.waiting.size === 0 && lane.waitingTerminates.size === 0;
}
