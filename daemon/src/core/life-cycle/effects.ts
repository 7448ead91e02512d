import type { EVENT_KINDS, EventFields, EventKind, InstanceCall } from '@andon/protocol';
import type { TimerName } from './phases.ts';

/** Why a failure record led to nothing. */
export type DropReason = 'stale' | 'duplicate' | 'notOnline' | 'incarnationRequired';

type Published = {
  [K in EventKind]: { readonly kind: 'publish'; readonly event: K; readonly fields: EventFields<K>; readonly atMs?: number };
}[keyof typeof EVENT_KINDS];

/** What the shell shall do, in this order. */
export type Effect =
  /** Send the call; `limitMs` is its deadline. `incarnation` is the one it speaks of. */
  | {
      readonly kind: 'call';
      readonly method: InstanceCall;
      readonly callId: number;
      readonly incarnation: number;
      readonly limitMs: number;
      readonly cause: string;
      readonly reason: string;
    }
  /** Persist the number of the online that follows, and drain the event handle. */
  | { readonly kind: 'beginIncarnation'; readonly incarnation: number }
  | { readonly kind: 'arm'; readonly timer: TimerName; readonly ms: number }
  | { readonly kind: 'disarm'; readonly timer: TimerName }
  /** All timers of the phase that was left. */
  | { readonly kind: 'disarmAll' }
  | Published
  /** Answer to a status report. */
  | { readonly kind: 'answer'; readonly requestId: string; readonly answer: 'continue' | 'terminate' }
  | { readonly kind: 'reject'; readonly requestId: string; readonly why: string }
  /** A failure record led to nothing. */
  | { readonly kind: 'dropRecord'; readonly why: DropReason; readonly incarnation: number | null }
  /** Tell the host that its record was refuted. */
  | { readonly kind: 'dismissRecord'; readonly incarnation: number; readonly reason: string }
  /** Start or find the host; `hostUp` or `hostTrouble` follows. */
  | { readonly kind: 'needHost' }
  /** The request that this event carried is refused. */
  | { readonly kind: 'refuse'; readonly why: string }
  /** Nothing of the instance is left at the host. */
  | { readonly kind: 'removed' };
