import type { LifeEvent } from './events.ts';
import type { Instance, Policy } from './instance.ts';
import { adoptAhead, hostedAtRest, hostedWhileGoingOffline, wasTerminated } from './adoption.ts';
import {
  callTerminate,
  dropRecord,
  enter,
  forget,
  loseHost,
  recoverByPolicy,
  refuse,
  rest,
  scheduleRestart,
  stay,
  type Step,
} from './moves.ts';
import { pendingReason, progressed, statusOutOfPlace } from './progress.ts';
import type { Row } from './row.ts';

const beingRemoved = 'it is being removed';
const notOnline: Row['failureReported'] = (instance, event) => dropRecord(instance, event.incarnation, 'notOnline');

/** What offlineCalled and offlinePending have in common. */
const goingOffline: Row = {
  goOnline: (instance) => refuse(instance, 'it is being taken offline'),
  goOffline: (instance) => stay(instance),
  remove: (instance) => stay({ ...instance, next: 'close' }),
  failAsked: (instance) => refuse(instance, 'it is not Online'),
  failureReported: notOnline,
  statusReported: statusWhileGoingOffline,
  hostLost: (instance) => seekLeftovers(instance),
  resumed: (instance) => stay({ ...instance, unconfirmed: true }),
  hosted: hostedWhileGoingOffline,
};

export const offlineCalled: Row = {
  ...goingOffline,
  offlineAnswered: (instance, event, policy) => {
    const { outcome } = event;
    switch (outcome.kind) {
      case 'completed':
        if (!outcome.result.pending) return rest(instance);
        return becomeOfflinePending(instance, policy);
      case 'refused':
        return offlineFailed(instance, outcome.error.code, outcome.error.message, policy);
      case 'malformed':
        return offlineFailed(instance, 'malformed', outcome.why, policy);
    }
  },
};

export const offlinePending: Row = {
  ...goingOffline,
  pendingExpired: (instance, event, policy) =>
    callTerminate(instance, instance.next, 'pendingTimeout', pendingReason(event, policy), policy),
};

/** `terminate` is unanswered; nothing else is sent before its answer, which means *cleaned up*. */
export const terminating: Row = {
  terminateAnswered: (instance, event, policy) => afterTerminate(instance, event.atMs, policy),
  goOnline: (instance, event) => {
    if (instance.next === 'close') return refuse(instance, beingRemoved);
    return stay({ ...forget(instance, event.manual), next: event.manual ? 'online' : instance.next });
  },
  goOffline: (instance) => stay({ ...instance, next: instance.next === 'close' ? 'close' : 'offline' }),
  remove: (instance) => stay({ ...instance, next: 'close' }),
  failAsked: (instance) => refuse(instance, 'it is being terminated'),
  failureReported: (instance, event) => dropRecord(instance, event.incarnation, 'duplicate'),
  statusReported: (instance, event) => stay(instance, { kind: 'answer', requestId: event.requestId, answer: 'terminate' }),
  hostLost: (instance, event, policy) => {
    if (instance.next === 'offline' || instance.next === 'close') return seekLeftovers(instance);
    const lost = { ...loseHost(instance), recover: true, unconfirmed: false };
    return instance.next === 'online' ? scheduleRestart(lost, 'online', event.atMs, 0) : recoverByPolicy(lost, event.atMs, policy);
  },
  resumed: (instance) => stay({ ...instance, unconfirmed: true }),
  hosted: (instance, event, policy) => {
    if (event.report.incarnation > instance.incarnation) return adoptAhead(instance, event, policy);
    const confirmed = { ...instance, unconfirmed: false, opened: true };
    if (wasTerminated(event.report) && event.report.incarnation === instance.incarnation)
      return afterTerminate(confirmed, event.atMs, policy);
    return callTerminate(confirmed, instance.next, 'adoption', instance.lastFailure?.reason ?? 'terminate was under way', policy);
  },
};

export const closing: Row = {
  closeAnswered: (instance) => stay(enter({ ...instance, opened: false }, 'closed'), { kind: 'removed' }),
  hostLost: (instance) => stay(enter(loseHost(instance), 'closed'), { kind: 'removed' }),
  goOnline: (instance) => refuse(instance, beingRemoved),
  goOffline: (instance) => stay(instance),
  remove: (instance) => stay(instance),
  failAsked: (instance) => refuse(instance, beingRemoved),
  failureReported: notOnline,
  statusReported: statusOutOfPlace,
  resumed: (instance) => stay(enter({ ...instance, unconfirmed: false, opened: false }, 'closed'), { kind: 'removed' }),
  hosted: hostedAtRest,
};

/** Any answer ends it: a host that says terminate failed has nothing better to offer, and the next open looks again. */
function afterTerminate(instance: Instance, atMs: number, policy: Policy): Step {
  const done: Instance = { ...instance, call: null, contract: null, polls: null };
  const terminated = { kind: 'publish', event: 'terminated', fields: {} } as const;
  const step = nextAfterTerminate(done, atMs, policy);
  return stay(step.instance, terminated, ...step.effects);
}

function nextAfterTerminate(instance: Instance, atMs: number, policy: Policy): Step {
  switch (instance.next) {
    case 'recover':
      return recoverByPolicy(instance, atMs, policy);
    case 'online':
      return scheduleRestart(instance, 'online', atMs, 0);
    case 'offline':
    case 'close':
      return rest(instance);
  }
}

function becomeOfflinePending(instance: Instance, policy: Policy): Step {
  const pending = enter(instance, 'offlinePending', { checkpoint: instance.checkpoint, text: instance.text });
  const arm = { kind: 'arm', timer: 'pending', ms: policy.pendingTimeoutMs } as const;
  if (policy.maxPendingMs === null) return stay(pending, arm);
  return stay(pending, arm, { kind: 'arm', timer: 'maxPending', ms: policy.maxPendingMs });
}

function offlineFailed(instance: Instance, code: string, message: string, policy: Policy): Step {
  const step = callTerminate(instance, instance.next, 'offlineError', message || code, policy);
  return stay(step.instance, ...step.effects, { kind: 'publish', event: 'callFailed', fields: { call: 'offline', code, message } });
}

function statusWhileGoingOffline(instance: Instance, event: LifeEvent<'statusReported'>, policy: Policy): Step {
  const { requestId } = event;
  if (event.incarnation <= instance.terminatedIncarnation) return stay(instance, { kind: 'answer', requestId, answer: 'terminate' });
  if (event.operation !== 'offline' || event.incarnation !== instance.incarnation) {
    return stay(instance, { kind: 'reject', requestId, why: 'no such operation is pending' });
  }
  const answer = { kind: 'answer', requestId, answer: 'continue' } as const;
  switch (event.state) {
    case 'offline': {
      const step = rest(instance);
      return stay(step.instance, ...step.effects, answer);
    }
    case 'failed':
    case 'online': {
      const step = offlineFailed(instance, 'failed', event.text || `the host reported ${event.state}`, policy);
      return stay(step.instance, ...step.effects, answer);
    }
    case 'onlinePending':
      return stay(instance, { kind: 'reject', requestId, why: 'offline is pending, not online' });
    case 'offlinePending':
      return progressed(instance, event, policy);
  }
}

/** The host died while this instance was being stopped. What it managed may run on; a new host looks, and ends it. */
function seekLeftovers(instance: Instance): Step {
  const lost = { ...loseHost(instance), recover: true, unconfirmed: false };
  return stay(enter(lost, 'awaitingHost', { contract: null, polls: null }), { kind: 'needHost' });
}
