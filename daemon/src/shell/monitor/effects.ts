import { type EntryPointResult, failureRecordOf, type InstanceCall, operationId, REMEMBERED_CALLS } from '@andon/protocol';
import type { Effect } from '../../core/life-cycle/effects.ts';
import { ANSWER_OF, type LifeEvent, type OnlineAnswer, type Outcome } from '../../core/life-cycle/events.ts';
import type { Policy } from '../../core/life-cycle/instance.ts';
import type { OnlineContract } from '../../core/poll-schedule.ts';
import type { HostCall } from '../hosts/call-table.ts';
import type { HostSlot } from '../hosts/host-slot.ts';
import type { ManagedResource } from './managed-resource.ts';

type CallEffect = Extract<Effect, { kind: 'call' }>;

/** The call of the life cycle as it goes over the wire. */
export function toHostCall(
  effect: CallEffect,
  resource: ManagedResource,
  slot: HostSlot,
  now: () => number,
  answered: (event: LifeEvent) => void,
): HostCall {
  const { method } = effect;
  const remembered = REMEMBERED_CALLS.find((known) => known === method);
  const id = remembered ? operationId(resource.name, effect.incarnation, remembered) : slot.nextCallId(`${resource.name}/${method}`);
  const overtakes = method === 'terminate' ? [...resource.callsInFlight] : undefined;
  resource.callsInFlight.add(id);
  return {
    id,
    resource: resource.name,
    method,
    params: paramsOf(effect, resource, slot),
    limitMs: effect.limitMs,
    ...(method === 'online' || method === 'offline' ? { told: toldLimits(resource.policy) } : {}),
    ...(overtakes ? { overtakes } : {}),
    answered: (outcome) => {
      resource.callsInFlight.delete(id);
      answered(toAnswer(effect, outcome, now(), slot));
    },
    lost: () => resource.callsInFlight.delete(id),
  };
}

function toldLimits(policy: Policy): NonNullable<HostCall['told']> {
  const deadlineMs = policy.pendingTimeoutMs;
  return policy.maxPendingMs === null ? { deadlineMs } : { deadlineMs, maxMs: policy.maxPendingMs };
}

function paramsOf(effect: CallEffect, resource: ManagedResource, slot: HostSlot): unknown {
  const resourceId = resource.name;
  const { incarnation, cause, reason } = effect;
  switch (effect.method) {
    case 'terminate':
      return { resourceId, incarnation, cause, reason };
    case 'looksAlive':
    case 'isAlive':
      return { resourceId, incarnation };
    case 'online':
      return {
        resourceId,
        incarnation,
        properties: resource.definition.set,
        eventHandle: slot.pipes.main?.path ?? '',
        failureRecord: failureRecordOf(resourceId, incarnation),
      };
    case 'offline':
      return { resourceId, incarnation, cause };
    case 'open':
      return { resourceId, type: resource.definition.type, properties: resource.definition.set, recover: resource.instance.recover };
    case 'close':
      return { resourceId };
  }
}

/** The answer as the life cycle reads it. Results were checked against the protocol's table before. */
function toAnswer(effect: CallEffect, outcome: Outcome<unknown>, atMs: number, slot: HostSlot): LifeEvent {
  const kind = ANSWER_OF[effect.method];
  const answer = { callId: effect.callId, atMs };
  switch (kind) {
    case 'openAnswered':
      return { kind, ...answer, outcome: mapped<InstanceCall, EntryPointResult<'open'>>(outcome, (result) => result) };
    case 'onlineAnswered':
      return { kind, ...answer, outcome: readOnline(outcome, slot) };
    case 'offlineAnswered':
      return { kind, ...answer, outcome: mapped(outcome, (result) => ({ pending: isPending(result) })) };
    case 'aliveAnswered': {
      const method = effect.method === 'looksAlive' ? 'looksAlive' : 'isAlive';
      const readAlive = (result: unknown) => {
        const { alive, reason } = result as EntryPointResult<'isAlive'>;
        return { alive, reason: reason ?? '' };
      };
      return { kind, ...answer, method, outcome: mapped(outcome, readAlive) };
    }
    case 'terminateAnswered':
    case 'closeAnswered':
      return { kind, ...answer, outcome: mapped(outcome, () => null) };
  }
}

function mapped<_M, To>(outcome: Outcome<unknown>, read: (result: never) => To): Outcome<To> {
  return outcome.kind === 'completed' ? { kind: 'completed', result: read(outcome.result as never) } : outcome;
}

function isPending(result: unknown): boolean {
  return typeof result === 'object' && result !== null && 'pending' in result && result.pending === true;
}

/** An event handle that the daemon did not issue to this host is no contract. */
function readOnline(outcome: Outcome<unknown>, slot: HostSlot): Outcome<OnlineAnswer> {
  if (outcome.kind !== 'completed') return outcome;
  const result = outcome.result as EntryPointResult<'online'>;
  if ('pending' in result) return { kind: 'completed', result: { pending: true } };
  if (result.contract === 'event' && !slot.pipes.issued(result.eventHandle)) {
    return { kind: 'malformed', why: `event handle "${result.eventHandle}" was not issued to this host` };
  }
  return { kind: 'completed', result: { pending: false, contract: toContract(result) } };
}

export function toContract(result: { readonly contract: 'event' } | { readonly contract: 'poll'; readonly looksAliveMs?: number | undefined; readonly isAliveMs?: number | undefined }): OnlineContract {
  if (result.contract === 'event') return { kind: 'event' };
  return { kind: 'poll', looksAliveMs: result.looksAliveMs ?? null, isAliveMs: result.isAliveMs ?? null };
}
