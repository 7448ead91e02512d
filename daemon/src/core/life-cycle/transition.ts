import type { ResourceState } from '@andon/protocol';
import type { Effect } from './effects.ts';
import type { EventName, LifeEvent } from './events.ts';
import type { Instance, Policy } from './instance.ts';
import { type Step, stay } from './moves.ts';
import { PHASES_WITH_TIMERS, type Phase, publicState } from './phases.ts';
import type { Row } from './row.ts';
import { TABLE } from './table.ts';

export interface Transition {
  readonly instance: Instance;
  readonly effects: readonly Effect[];
}

/** One step of the life cycle: total, deterministic, without clock. `table` is another one only in the tests that damage it. */
export function transition<K extends EventName>(
  instance: Instance,
  event: LifeEvent<K>,
  policy: Policy,
  table: Readonly<Record<Phase, Row>> = TABLE,
): Transition {
  if (isLateAnswer(instance, event)) return stay(instance, { kind: 'publish', event: 'lateReplyIgnored', fields: { call: event.kind } });
  const cell = table[instance.phase][event.kind];
  if (!cell) return stay(instance, { kind: 'refuse', why: `${event.kind} means nothing while ${instance.phase}` });
  return complete(instance, cell(instance, event, policy));
}

/** An answer to a call that is not in flight any more: overtaken by terminate, or of a host that was lost (S37). */
function isLateAnswer(instance: Instance, event: { readonly kind: EventName }): boolean {
  return 'callId' in event && event.callId !== instance.call?.id;
}

/** Adds what follows from the change itself: timers of the phase that was left, and the change of public state. */
function complete(before: Instance, step: Step): Transition {
  const after = step.instance;
  const effects: Effect[] = [];
  const state = publicState(after);
  const change = state === publicState(before) ? undefined : stateChange(after, state);
  if (change && step.announce === 'first') effects.push(change);
  if (after.epoch !== before.epoch && PHASES_WITH_TIMERS.has(before.phase)) {
    // Behind a call that leads the effects: terminate never waits for bookkeeping.
    const [first, ...others] = step.effects;
    if (first?.kind === 'call') effects.push(first, { kind: 'disarmAll' }, ...others);
    else effects.push({ kind: 'disarmAll' }, ...step.effects);
  } else {
    effects.push(...step.effects);
  }
  if (change && step.announce !== 'first') effects.push(change);
  return { instance: after, effects };
}

/** The event that tells a change of public state. */
function stateChange(instance: Instance, state: ResourceState): Effect | undefined {
  switch (state) {
    case 'Initializing':
      return { kind: 'publish', event: 'initializing', fields: { state } };
    case 'OnlinePending':
      return { kind: 'publish', event: 'onlinePending', fields: { state } };
    case 'Online':
      return { kind: 'publish', event: 'online', fields: { state, contract: instance.contract?.kind ?? 'event' } };
    case 'OfflinePending':
      return { kind: 'publish', event: 'offlinePending', fields: { state } };
    case 'Offline':
      return { kind: 'publish', event: 'offline', fields: { state } };
    case 'Failed': {
      const { reason, source } = instance.lastFailure ?? { reason: 'unknown', source: 'adoption' as const };
      return { kind: 'publish', event: 'failed', fields: { state, reason, source } };
    }
    case 'Unknown':
      return undefined;
  }
}
