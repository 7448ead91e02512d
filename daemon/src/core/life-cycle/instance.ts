import type { FailureSource, InstanceCall } from '@andon/protocol';
import type { ConfiguredPolls, EffectivePolls, OnlineContract } from '../poll-schedule.ts';
import type { RestartPolicy } from '../restart-policy.ts';
import type { Next, Phase } from './phases.ts';

export type FailureSourceName = FailureSource;

/** A failure somebody told of. Times are of the monotonic clock, ms. */
export interface Failure {
  readonly reason: string;
  readonly source: FailureSourceName;
  readonly atMs: number;
}

/** The unanswered call of an instance. At most one, besides calls that a terminate has overtaken and that count no more. */
export interface CallInFlight {
  readonly id: number;
  readonly method: InstanceCall;
}

/** One resource as its life cycle knows it. Never changed in place. */
export interface Instance {
  readonly phase: Phase;
  /** Raised on entering a phase, so that a late timer of an earlier visit is stale by construction. */
  readonly epoch: number;
  readonly next: Next;
  /** The host holds it open. */
  readonly opened: boolean;
  /** Something may run that no host holds: the next open asks the host to look. */
  readonly recover: boolean;
  /** Number of its last online; 0 = never. */
  readonly incarnation: number;
  /** Highest incarnation whose terminate was sent. Status reports of it are answered *terminate* (S18). */
  readonly terminatedIncarnation: number;
  readonly call: CallInFlight | null;
  /** Id of the newest call, so that every call has its own. */
  readonly lastCallId: number;
  readonly contract: OnlineContract | null;
  readonly polls: EffectivePolls | null;
  readonly onlineSinceMs: number;
  /** Checkpoint of the newest status report of the pended operation; -1 = none. */
  readonly checkpoint: number;
  /** A failure record that came before online was done; acted upon the moment it is (S33). */
  readonly latched: Failure | null;
  /** A suspicion that one isAlive decides. */
  readonly suspicion: Failure | null;
  readonly failures: readonly number[];
  readonly restarts: number;
  readonly lastFailure: Failure | null;
  readonly nextAttemptAtMs: number | null;
  /** Why its host cannot start, while it cannot. */
  readonly trouble: string | null;
  /** Text of the newest status report of the pended operation. */
  readonly text: string;
  /** The daemon has restarted, and its host has not spoken yet. */
  readonly unconfirmed: boolean;
}

/** What is under way was begun by the daemon before, and its host has not said how it ended. */
export function isInherited({ unconfirmed, suspicion }: Instance): boolean {
  return unconfirmed || suspicion?.source === 'adoption';
}

/** The properties that the life cycle needs, with type and resource already combined. */
export interface Policy {
  /** min(PendingTimeout, DeadlockTimeout) (S17). */
  readonly pendingTimeoutMs: number;
  readonly maxPendingMs: number | null;
  readonly deadlockTimeoutMs: number;
  readonly terminateTimeoutMs: number;
  readonly verifyOnSignal: boolean;
  readonly requireIncarnation: boolean;
  readonly restart: RestartPolicy;
  readonly polls: ConfiguredPolls;
}

export const NEW_INSTANCE: Instance = {
  phase: 'closed',
  epoch: 0,
  next: 'online',
  opened: false,
  recover: false,
  incarnation: 0,
  terminatedIncarnation: 0,
  call: null,
  lastCallId: 0,
  contract: null,
  polls: null,
  onlineSinceMs: 0,
  checkpoint: -1,
  latched: null,
  suspicion: null,
  failures: [],
  restarts: 0,
  lastFailure: null,
  nextAttemptAtMs: null,
  trouble: null,
  text: '',
  unconfirmed: false,
};
