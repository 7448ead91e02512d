import type { InstanceCall } from '@andon/protocol';
import type { Effect } from '../../daemon/src/core/life-cycle/effects.ts';
import type { LifeEvent } from '../../daemon/src/core/life-cycle/events.ts';
import { type Instance, NEW_INSTANCE } from '../../daemon/src/core/life-cycle/instance.ts';
import type { TimerName } from '../../daemon/src/core/life-cycle/phases.ts';
import { type Host, NO_HOST } from './host-model.ts';

/** A call as the shell keeps it: waiting in the order of calls, or sent and unanswered. */
export interface ShellCall {
  readonly resource: string;
  readonly id: number;
  readonly method: InstanceCall;
  readonly incarnation: number;
  readonly recover: boolean;
  readonly sent: boolean;
}

export interface ArmedTimer {
  readonly name: TimerName;
  readonly epoch: number;
}

/** One instance, what the shell keeps for it, and its host. Never changed in place. */
export interface World {
  readonly instance: Instance;
  readonly calls: readonly ShellCall[];
  readonly timers: readonly ArmedTimer[];
  /** The shell looks for a host on behalf of this instance. */
  readonly wantsHost: boolean;
  readonly host: Host;
  readonly connected: boolean;
  /** The connection broke or the daemon is new: `hosted` or `hostLost` follows. */
  readonly helloOwed: boolean;
  /** The store was behind when the daemon read it; what it lacks only a living host can tell. */
  readonly storeWasBehind: boolean;
  /** Incarnation of the thing that runs outside; null = nothing does. It may outlive its host. */
  readonly running: number | null;
  readonly wanted: 'Online' | 'Offline' | 'Removed';
  readonly gone: boolean;
  /** The daemon is new and decides nothing before the hosts of the one before had their say. */
  readonly paused: boolean;
  /** What it depends on is online. */
  readonly providersOnline: boolean;
  /** A failure record of this incarnation was taken and is not settled yet. */
  readonly owed: number | null;
  /** Restarts counted against the threshold in this period. */
  readonly restarts: number;
  /** Highest incarnation whose terminate this daemon sent, and had answered. */
  readonly terminateSent: number;
  readonly terminateAnswered: number;
}

export const START: World = {
  instance: NEW_INSTANCE,
  calls: [],
  timers: [],
  wantsHost: false,
  host: NO_HOST,
  connected: false,
  helloOwed: false,
  storeWasBehind: false,
  running: null,
  wanted: 'Offline',
  gone: false,
  paused: false,
  providersOnline: true,
  owed: null,
  restarts: 0,
  terminateSent: 0,
  terminateAnswered: 0,
};

/** A call that left for the host, with what was true at that moment. */
export interface Sending {
  readonly call: ShellCall;
  readonly inFlight: readonly ShellCall[];
  readonly host: Host;
  readonly running: number | null;
}

/** One step of the search as the invariants see it. */
export interface Seen {
  readonly before: World;
  /** Null: something happened at the host that the daemon did not hear. */
  readonly event: LifeEvent | null;
  readonly effects: readonly Effect[];
  readonly sendings: readonly Sending[];
  readonly after: World;
}
