import type { ResourceDefinition, TypeDefinition, WantedState } from '@andon/protocol';
import { NEW_INSTANCE, type Instance, type Policy } from '../../core/life-cycle/instance.ts';
import type { TimerName } from '../../core/life-cycle/phases.ts';
import type { StoredInstance, Timer } from '../../ports/index.ts';
import type { PreparedTerminate } from './prepared-terminate.ts';

/** One configured resource with everything the daemon holds of it. */
export interface ManagedResource {
  readonly name: string;
  definition: ResourceDefinition;
  instance: Instance;
  policy: Policy;
  wanted: WantedState;
  /** Where its host process is. Changes when it gets a host of its own. */
  hostId: string;
  /** The store has forgotten it; it goes once its host has let it go. */
  isLeaving: boolean;
  /** No host was asked about it yet: what a host knows under this name is of a resource that was removed. */
  isNew: boolean;
  /** Kept apart after it brought its shared host down. */
  separated: boolean;
  /** An administrator waits: its host does not sit out the back-off. */
  urgent: boolean;
  /** An administrator has ended its hang mode; the next online tells its host. */
  clearsHang: boolean;
  /** The terminate that a failure record would lead to now, if it would. */
  prepared: PreparedTerminate | null;
  /** Providers it was last told to wait for. */
  waitingFor: readonly string[];
  /** Told by the host, gone with it (S54). */
  memory: { statusText: string; data1: number | null; data2: number | null };
  readonly timers: Map<TimerName, Timer>;
  /** Ids on the wire of its calls that may still be unanswered. */
  readonly callsInFlight: Set<string>;
}

export const NO_MEMORY = { statusText: '', data1: null, data2: null } as const;

export function newResource(definition: ResourceDefinition, type: TypeDefinition, hostId: string): ManagedResource {
  return {
    name: definition.name,
    definition,
    instance: NEW_INSTANCE,
    policy: policyOf(definition, type),
    wanted: 'Offline',
    hostId,
    isLeaving: false,
    isNew: true,
    separated: false,
    urgent: false,
    clearsHang: false,
    prepared: null,
    waitingFor: [],
    memory: { ...NO_MEMORY },
    timers: new Map(),
    callsInFlight: new Set(),
  };
}

/** Resource before type; what the life cycle needs, combined once and not for every event. */
export function policyOf(definition: ResourceDefinition, type: TypeDefinition): Policy {
  const own = definition.properties;
  const shared = type.properties;
  const deadlockTimeoutMs = own.DeadlockTimeout ?? shared.DeadlockTimeout;
  return {
    pendingTimeoutMs: Math.min(own.PendingTimeout ?? shared.PendingTimeout, deadlockTimeoutMs),
    maxPendingMs: own.maxPendingMs ?? null,
    deadlockTimeoutMs,
    terminateTimeoutMs: Math.min(own.TerminateTimeout ?? shared.TerminateTimeout, deadlockTimeoutMs),
    verifyOnSignal: shared.onSignal === 'verify',
    requireIncarnation: shared.requireIncarnation,
    restart: own,
    polls: {
      resourceLooksAliveMs: own.LooksAlivePollInterval ?? null,
      resourceIsAliveMs: own.IsAlivePollInterval ?? null,
      typeLooksAliveMs: shared.LooksAlivePollInterval ?? null,
      typeIsAliveMs: shared.IsAlivePollInterval ?? null,
    },
  };
}

/** What survives the daemon. Monotonic times become wall-clock times, which mean something to the next daemon. */
export function toStored(resource: ManagedResource, wallOffsetMs: number): StoredInstance {
  const { instance } = resource;
  const { lastFailure } = instance;
  return {
    name: resource.name,
    wanted: resource.wanted,
    incarnation: instance.incarnation,
    phase: instance.phase,
    next: instance.next,
    recover: instance.recover,
    opened: instance.opened,
    terminatedIncarnation: instance.terminatedIncarnation,
    hostId: resource.hostId,
    restarts: instance.restarts,
    failures: instance.failures.map((atMs) => Math.round(atMs + wallOffsetMs)),
    contract: instance.contract,
    lastFailure: lastFailure && { ...lastFailure, atMs: Math.round(lastFailure.atMs + wallOffsetMs) },
    leaving: resource.isLeaving ? resource.definition : null,
  };
}

/** The instance as the daemon before left it. Calls and timers are gone; `resumed` and the host's hello bring them back. */
export function fromStored(stored: StoredInstance, wallOffsetMs: number): Instance {
  return {
    ...NEW_INSTANCE,
    phase: stored.phase,
    // The number of an online is written before the rest of what goes with it, which a daemon that dies right then never writes.
    next: stored.phase === 'onlineCalled' ? 'online' : stored.next,
    recover: stored.recover,
    opened: stored.opened,
    incarnation: stored.incarnation,
    terminatedIncarnation: stored.terminatedIncarnation,
    restarts: stored.restarts,
    failures: stored.failures.map((wallMs) => wallMs - wallOffsetMs),
    contract: stored.contract,
    lastFailure: stored.lastFailure && { ...stored.lastFailure, atMs: stored.lastFailure.atMs - wallOffsetMs },
  };
}
