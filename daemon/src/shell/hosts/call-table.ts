import { type Concurrency, ENTRY_POINTS, type EntryPoint, type EntryPointResult, type Request, type Response } from '@andon/protocol';
import type { Connection } from '@andon/protocol/node';
import { CallOrder, type OrderedCall, type Release } from '../../core/call-order.ts';
import type { Outcome } from '../../core/life-cycle/events.ts';
import type { Clock, Timer } from '../../ports/index.ts';

/** One call to a host. `M` is its entry point, and with it what its answer holds. */
export interface HostCall<M extends EntryPoint = EntryPoint> extends OrderedCall {
  readonly method: M;
  /** Id on the wire. */
  readonly id: string;
  readonly params: unknown;
  /** Longest time to the answer, from when it is sent. */
  readonly limitMs: number;
  /** What the host is told of its limits, where that is not `limitMs`. */
  readonly told?: { readonly deadlineMs: number; readonly maxMs?: number };
  /** Ids of the calls that a terminate makes worthless. */
  readonly overtakes?: readonly string[];
  answered(outcome: Outcome<EntryPointResult<M>>): void;
  /** The connection broke, or a terminate made it pointless, before the answer came. */
  lost?(why: string): void;
}

/** What the table tells its owner. */
export interface CallTableOwner {
  /** A call had no answer within its limit. */
  deadlineExpired(call: HostCall, elapsedMs: number, limitMs: number): void;
  answered(call: HostCall, elapsedMs: number, outcome: Outcome<unknown>['kind']): void;
  /** An answer to nothing, or a second one. */
  strayResponse(id: string): void;
}

/** A call without an answer, at the moment it was looked at. */
export interface Unanswered {
  readonly call: HostCall;
  readonly elapsedMs: number;
  readonly limitMs: number;
}

interface InFlight {
  readonly call: HostCall;
  readonly sentAtMs: number;
  limitMs: number;
  timer: Timer | null;
}

/** The unanswered calls of one host: sends them in a legal order, bounds each, and settles all when the connection breaks. */
export class CallTable {
  readonly #clock: Clock;
  readonly #owner: CallTableOwner;
  readonly #inFlight = new Map<string, InFlight>();
  #order: CallOrder<HostCall> = new CallOrder<HostCall>('serial');
  #connection: Connection | null = null;
  /** What the end of the last connection cut off. */
  #cutOff: readonly Unanswered[] = [];
  /** Id of the call whose frame has left already. */
  #sentAhead: string | null = null;

  constructor(clock: Clock, owner: CallTableOwner) {
    this.#clock = clock;
    this.#owner = owner;
  }

  /** A new connection; calls of the one before are settled as lost. */
  attach(connection: Connection, concurrency: Concurrency): void {
    this.detach('the host connected anew');
    this.#connection = connection;
    this.#order = new CallOrder(concurrency);
  }

  /** The connection is gone: every unanswered call is lost. */
  detach(why: string): void {
    if (this.#connection) this.#cutOff = this.#measured();
    this.#connection = null;
    this.#sentAhead = null;
    this.#order.clear();
    const lost = [...this.#inFlight.values()];
    this.#inFlight.clear();
    for (const { call, timer } of lost) {
      timer?.cancel();
      call.lost?.(why);
    }
  }

  get isIdle(): boolean {
    return this.#order.isIdle;
  }

  /** The calls in flight. */
  unanswered(): readonly HostCall[] {
    return [...this.#inFlight.values()].map(({ call }) => call);
  }

  /** The calls in flight, or those that the end of the connection cut off; told once, for whoever explains the end of the process. */
  takeUnanswered(): readonly Unanswered[] {
    const unanswered = this.#connection ? this.#measured() : this.#cutOff;
    this.#cutOff = [];
    return unanswered;
  }

  #measured(): Unanswered[] {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#inFlight.values()].map(({ call, sentAtMs, limitMs }) => ({ call, elapsedMs: nowMs - sentAtMs, limitMs }));
  }

  /** Sends the call now or once its turn comes. Without a connection it is lost at once: hello repeats what still matters. */
  send<M extends EntryPoint>(call: HostCall<M>): void {
    if (!this.#connection) {
      call.lost?.('the host is not connected');
      return;
    }
    this.#act(this.#order.offer(call));
    if (call.method === 'terminate') this.#hurryOvertaken(call);
  }

  /** Sends a terminate whose text is ready; `send` of the call with this id follows in the same turn and does the rest. */
  sendAhead(id: string, resource: string, json: string): void {
    if (!this.#connection || !this.#order.mayTerminate(resource)) return;
    this.#connection.sendText('request', json);
    this.#sentAhead = id;
  }

  /** More time for one running call, counted from now (S40). False when it is not running. */
  extend(id: string, ms: number): boolean {
    const flight = this.#inFlight.get(id);
    if (!flight) return false;
    flight.timer?.cancel();
    flight.limitMs = this.#clock.monotonicMs() - flight.sentAtMs + ms;
    this.#arm(flight, ms);
    return true;
  }

  /** Sends a running call once more under the same id and gives it `ms` more. */
  repeat(id: string, ms: number): void {
    const flight = this.#inFlight.get(id);
    if (!flight || !this.extend(id, ms)) return;
    this.#connection?.send('request', { id, method: flight.call.method, params: flight.call.params, deadlineMs: ms });
  }

  respond(response: Response): void {
    const flight = this.#inFlight.get(response.id);
    if (!flight) {
      this.#owner.strayResponse(response.id);
      return;
    }
    this.#inFlight.delete(response.id);
    flight.timer?.cancel();
    const elapsedMs = this.#clock.monotonicMs() - flight.sentAtMs;
    this.#act(this.#order.completed(flight.call));
    const outcome: Outcome<EntryPointResult<EntryPoint>> = response.ok
      ? readResult(flight.call.method, response.result)
      : { kind: 'refused', error: response.error };
    flight.call.answered(outcome);
    this.#owner.answered(flight.call, elapsedMs, outcome.kind);
  }

  #act(release: Release<HostCall>): void {
    for (const call of release.send) this.#transmit(call);
    for (const call of release.dropped) call.lost?.('overtaken by terminate');
  }

  /** On the failure path: the frame leaves first, its deadline is armed behind it. */
  #transmit(call: HostCall): void {
    if (call.id === this.#sentAhead) this.#sentAhead = null;
    else this.#write(call);
    const flight: InFlight = { call, sentAtMs: this.#clock.monotonicMs(), limitMs: call.limitMs, timer: null };
    this.#inFlight.set(call.id, flight);
    this.#arm(flight, call.limitMs);
  }

  #write(call: HostCall): void {
    this.#connection?.send('request', requestOf(call));
  }

  #arm(flight: InFlight, ms: number): void {
    flight.timer = this.#clock.after(ms, () => {
      this.#owner.deadlineExpired(flight.call, this.#clock.monotonicMs() - flight.sentAtMs, flight.limitMs);
    });
  }

  /** What terminate overtook is worthless; it may not block its resource longer than terminate itself may. */
  #hurryOvertaken(terminate: HostCall): void {
    for (const id of terminate.overtakes ?? []) {
      if (!this.extend(id, terminate.limitMs)) continue;
      this.#connection?.send('notify', { method: 'cancel', params: { id, reason: 'terminate was called' } });
    }
  }
}

/** A call as it stands in its request frame. */
export function requestOf({ id, method, params, limitMs, told }: Pick<HostCall, 'id' | 'method' | 'params' | 'limitMs' | 'told'>): Request {
  const request = { id, method, params, deadlineMs: told?.deadlineMs ?? limitMs };
  return told?.maxMs === undefined ? request : { ...request, maxMs: told.maxMs };
}

/** Checks a result against the table of the protocol; what does not fit is malformed, never trusted. */
function readResult<M extends EntryPoint>(method: M, result: unknown): Outcome<EntryPointResult<M>> {
  const parsed = ENTRY_POINTS[method].result.safeParse(result);
  if (parsed.success) return { kind: 'completed', result: parsed.data as EntryPointResult<M> };
  const [issue] = parsed.error.issues;
  return { kind: 'malformed', why: issue ? `${issue.path.join('.') || 'result'}: ${issue.message}` : 'unreadable' };
}
