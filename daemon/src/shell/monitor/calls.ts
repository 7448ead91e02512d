import {
  type EntryPointParams,
  type EntryPointResult,
  failureRecordOf,
  type InstanceCall,
  operationId,
  REMEMBERED_CALLS,
} from '@andon/protocol';
import type { Effect } from '../../core/life-cycle/effects.ts';
import type { LifeEvent, OnlineAnswer, Outcome } from '../../core/life-cycle/events.ts';
import type { OnlineContract } from '../../core/poll-schedule.ts';
import type { HostCall } from '../hosts/call-table.ts';
import type { Host } from '../hosts/host-owner.ts';
import type { ManagedResource } from './managed-resource.ts';

type CallEffect = Extract<Effect, { kind: 'call' }>;

/** What a call of the life cycle needs of its surroundings. */
export interface CallScope {
  readonly resource: ManagedResource;
  readonly slot: Host;
  now(): number;
  deliver(event: LifeEvent): void;
}

/** Sends a call of the life cycle to its host; the answer comes back as an event. Terminate is the case that must be quick. */
export function sendCall(effect: CallEffect, scope: CallScope): void {
  const { resource, slot } = scope;
  const resourceId = resource.definition.name;
  const { incarnation, cause, reason, callId } = effect;
  const at = () => ({ callId, atMs: scope.now() });
  switch (effect.method) {
    case 'terminate': {
      const overtakes = [...resource.callsInFlight];
      return send(
        effect,
        scope,
        'terminate',
        { resourceId, incarnation, cause, reason },
        (outcome) => ({ kind: 'terminateAnswered', ...at(), outcome: asDone(outcome) }),
        { overtakes },
      );
    }
    case 'looksAlive':
    case 'isAlive': {
      const { method } = effect;
      return send(effect, scope, method, { resourceId, incarnation }, (outcome) => ({
        kind: 'aliveAnswered',
        method,
        ...at(),
        outcome: map(outcome, ({ alive, reason }) => ({ alive, reason: reason ?? '' })),
      }));
    }
    case 'online': {
      const params = {
        resourceId,
        incarnation,
        properties: resource.definition.set,
        eventHandle: slot.pipes.main?.path ?? '',
        failureRecord: failureRecordOf(resourceId, incarnation),
        ...(resource.clearsHang ? { clearHang: true } : {}),
      };
      resource.clearsHang = false;
      return send(effect, scope, 'online', params, (outcome) => ({ kind: 'onlineAnswered', ...at(), outcome: readOnline(outcome, slot) }), {
        told: toldLimits(resource),
      });
    }
    case 'offline':
      return send(
        effect,
        scope,
        'offline',
        { resourceId, incarnation, cause },
        (outcome) => ({ kind: 'offlineAnswered', ...at(), outcome: map(outcome, (result) => ({ pending: result?.pending === true })) }),
        { told: toldLimits(resource) },
      );
    case 'open': {
      const params = {
        resourceId,
        type: resource.definition.type,
        properties: resource.definition.set,
        recover: resource.instance.recover,
      };
      return send(effect, scope, 'open', params, (outcome) => ({ kind: 'openAnswered', ...at(), outcome }));
    }
    case 'close':
      return send(effect, scope, 'close', { resourceId }, (outcome) => ({ kind: 'closeAnswered', ...at(), outcome: asDone(outcome) }));
  }
}

function send<M extends InstanceCall>(
  effect: CallEffect,
  { resource, slot, deliver }: CallScope,
  method: M,
  params: EntryPointParams<M>,
  toEvent: (outcome: Outcome<EntryPointResult<M>>) => LifeEvent,
  more: Pick<HostCall, 'told' | 'overtakes'> = {},
): void {
  const remembered = REMEMBERED_CALLS.find((known) => known === method);
  const id = remembered
    ? operationId(resource.name, effect.incarnation, remembered)
    : slot.connection.nextCallId(`${resource.name}/${method}`);
  resource.callsInFlight.add(id);
  const settled = (): void => {
    resource.callsInFlight.delete(id);
  };
  slot.connection.calls.send<M>({
    id,
    resource: resource.name,
    method,
    params,
    // No call may take longer than DeadlockTimeout, not even one whose own limit is longer (S39).
    limitMs: Math.min(effect.limitMs, resource.policy.deadlockTimeoutMs),
    ...more,
    answered: (outcome) => {
      settled();
      deliver(toEvent(outcome));
    },
    lost: settled,
  });
}

function toldLimits({ policy }: ManagedResource): NonNullable<HostCall['told']> {
  const deadlineMs = policy.pendingTimeoutMs;
  return policy.maxPendingMs === null ? { deadlineMs } : { deadlineMs, maxMs: policy.maxPendingMs };
}

function map<From, To>(outcome: Outcome<From>, read: (result: From) => To): Outcome<To> {
  return outcome.kind === 'completed' ? { kind: 'completed', result: read(outcome.result) } : outcome;
}

function asDone(outcome: Outcome<unknown>): Outcome<null> {
  return map(outcome, () => null);
}

/** An event handle that the daemon did not issue to this host is no contract. */
function readOnline(outcome: Outcome<EntryPointResult<'online'>>, slot: Host): Outcome<OnlineAnswer> {
  if (outcome.kind !== 'completed') return outcome;
  const { result } = outcome;
  if ('pending' in result) return { kind: 'completed', result: { pending: true } };
  if (result.contract === 'event' && !slot.pipes.issued(result.eventHandle)) {
    return { kind: 'malformed', why: `event handle "${result.eventHandle}" was not issued to this host` };
  }
  return { kind: 'completed', result: { pending: false, contract: toContract(result) } };
}

function toContract(result: Exclude<EntryPointResult<'online'>, { pending: true }>): OnlineContract {
  if (result.contract === 'event') return { kind: 'event' };
  return { kind: 'poll', looksAliveMs: result.looksAliveMs ?? null, isAliveMs: result.isAliveMs ?? null };
}
