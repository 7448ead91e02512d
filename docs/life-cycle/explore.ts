import type { LifeEvent } from '../../daemon/src/core/life-cycle/events.ts';
import { type Instance, NEW_INSTANCE, type Policy } from '../../daemon/src/core/life-cycle/instance.ts';
import { TABLE } from '../../daemon/src/core/life-cycle/table.ts';
import { type Transition, transition } from '../../daemon/src/core/life-cycle/transition.ts';
import { CURRENT, eventsFor, LONG_AFTER_MS } from './possible-events.ts';
import { ResourceDefinition, TypeDefinition } from '@andon/protocol';
import { policyOf } from '../../daemon/src/shell/monitor/managed-resource.ts';

/** One thing that can happen to an instance, and what comes of it. */
export interface Case {
  readonly instance: Instance;
  readonly event: LifeEvent;
  readonly policy: Policy;
  readonly result: Transition;
}

/** All defaults. */
const PLAIN: Policy = policyOf(
  ResourceDefinition.parse({ name: 'web', type: 'any' }),
  TypeDefinition.parse({ name: 'any', command: ['any'] }),
);

/** The plain policy, and those that differ from it where the life cycle looks. */
const POLICIES: readonly Policy[] = [
  PLAIN,
  { ...PLAIN, verifyOnSignal: true },
  { ...PLAIN, requireIncarnation: true },
  { ...PLAIN, maxPendingMs: 600_000 },
];
/** What a failed resource asks for. Threshold 0: the very next failure is one too many. */
const RESTART_POLICIES: readonly Policy[] = [
  { ...PLAIN, restart: { ...PLAIN.restart, RestartAction: 'DontRestart' } },
  { ...PLAIN, restart: { ...PLAIN.restart, RestartThreshold: 0 } },
  { ...PLAIN, restart: { ...PLAIN.restart, RestartThreshold: 0, RetryPeriodOnFailure: null } },
];

/** Whether the restart policy of this case is the usual one, or makes no difference that is told elsewhere. */
export function isOrdinary({ event, policy }: Case): boolean {
  return event.kind === 'hostTrouble' ? policy.restart.RestartThreshold > 0 : !RESTART_POLICIES.includes(policy);
}

/** Everything that the table can be asked, starting from a new instance. Worlds that no host brings about are among it. */
export function allCases(): readonly Case[] {
  const cases: Case[] = [];
  const known = new Map([[keyOf(NEW_INSTANCE), NEW_INSTANCE]]);
  // A map goes on to what is added while it is walked.
  for (const instance of known.values()) {
    for (const event of eventsFor(instance)) {
      if (!TABLE[instance.phase][event.kind]) continue;
      for (const policy of [...POLICIES, ...RESTART_POLICIES]) {
        const result = transition(instance, event, policy);
        cases.push({ instance, event, policy, result });
        const next = normalised(result.instance);
        known.set(keyOf(next), known.get(keyOf(next)) ?? next);
      }
    }
  }
  return cases;
}

/** Numbers that grow without end, brought back to what matters of them. */
function normalised(instance: Instance): Instance {
  const isTerminated = instance.incarnation > 0 && instance.terminatedIncarnation >= instance.incarnation;
  return {
    ...instance,
    epoch: 0,
    incarnation: instance.incarnation > 0 ? CURRENT : 0,
    terminatedIncarnation: isTerminated ? CURRENT : 0,
    call: instance.call && { ...instance.call, id: 1 },
    lastCallId: 1,
    checkpoint: Math.min(instance.checkpoint, 0),
    onlineSinceMs: 0,
    failures: [LONG_AFTER_MS],
    restarts: 0,
    lastFailure: null,
    nextAttemptAtMs: null,
    text: '',
  };
}

function keyOf(instance: Instance): string {
  const { phase, next, opened, recover, incarnation, terminatedIncarnation, call, contract, latched, suspicion, trouble, unconfirmed } =
    instance;
  return [
    phase,
    next,
    opened,
    recover,
    incarnation,
    terminatedIncarnation,
    call?.method,
    contract?.kind,
    !!latched,
    !!suspicion,
    trouble !== null,
    unconfirmed,
  ].join();
}
