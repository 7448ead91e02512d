import type { HostedResource, WireError } from '@andon/protocol';
import type { OnlineContract } from '../poll-schedule.ts';
import type { FailureSourceName } from './instance.ts';

/** Did the call run, and only then: what was said. An unanswered call is no outcome: its deadline ends the host. */
export type Outcome<Result> =
  | { readonly kind: 'completed'; readonly result: Result }
  | { readonly kind: 'refused'; readonly error: WireError }
  | { readonly kind: 'malformed'; readonly why: string };

export type OnlineAnswer = { readonly pending: true } | { readonly pending: false; readonly contract: OnlineContract };

interface Answer<Result> {
  readonly callId: number;
  readonly atMs: number;
  readonly outcome: Outcome<Result>;
}
interface Now {
  readonly atMs: number;
}
/** `clear`: providers are online and no dependent is still going offline, so an online may be sent now. */
interface Attempt extends Now {
  readonly clear: boolean;
}

/** Everything that can happen to an instance. Times arrive here; the life cycle has no clock. */
export interface EventPayloads {
  goOnline: Now & { readonly manual: boolean };
  goOffline: Now;
  /** Offline if need be, then close, then gone. */
  remove: Now;
  failAsked: Now & { readonly reason: string };

  hostUp: Now;
  /** The host cannot serve: it does not start, or is quarantined (then `final`). */
  hostTrouble: Now & { readonly reason: string; readonly final: boolean; readonly nextAttemptAtMs: number | null };
  /** The host process is gone, or knows this instance no more. `blamed`: this instance had a call in flight there. */
  hostLost: Now & { readonly blamed: boolean; readonly reason: string; readonly source: FailureSourceName };
  /** The host's truth, told in its hello after a reconnection or to a new daemon. */
  hosted: Now & { readonly report: HostedResource };
  /** This daemon has just read the instance from the store. */
  resumed: Now;

  openAnswered: Answer<{ readonly found: 'nothing' | 'running' }>;
  onlineAnswered: Answer<OnlineAnswer>;
  offlineAnswered: Answer<{ readonly pending: boolean }>;
  terminateAnswered: Answer<null>;
  closeAnswered: Answer<null>;
  aliveAnswered: Answer<{ readonly alive: boolean; readonly reason: string }> & { readonly method: 'looksAlive' | 'isAlive' };

  statusReported: Now & {
    readonly requestId: string;
    readonly operation: 'online' | 'offline' | 'terminate' | null;
    readonly incarnation: number;
    readonly checkpoint: number;
    readonly state: 'onlinePending' | 'offlinePending' | 'online' | 'offline' | 'failed';
    readonly contract: OnlineContract;
    readonly text: string;
    /** With `failed`: what the code of the error would have been. */
    readonly code: string;
  };
  /** `incarnation` null: a bare record, meaning the current one. */
  failureReported: Now & {
    readonly incarnation: number | null;
    readonly reason: string;
    readonly source: FailureSourceName;
  };

  /** `total`: maxPendingMs, not the silence between checkpoints, ran out. */
  pendingExpired: Now & { readonly total: boolean };
  restartDue: Attempt;
  retryDue: Attempt;
  looksAliveDue: Now;
  isAliveDue: Now;
  verifyExpired: Now;
}

export type EventName = keyof EventPayloads;
export type LifeEvent<K extends EventName = EventName> = { [P in K]: { readonly kind: P } & EventPayloads[P] }[K];
