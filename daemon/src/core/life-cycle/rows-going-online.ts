import type { LifeEvent } from './events.ts';
import type { Failure, FailureSourceName, Instance, Policy } from './instance.ts';
import { hostedWhileGoingOnline } from './adoption.ts';
import { becomeOnline, callTerminate, dropRecord, enter, fail, recoverFromLoss, refuse, stay, type Step } from './moves.ts';
import { pendingReason, progressed } from './progress.ts';
import { failureHint } from './records.ts';
import type { Row } from './row.ts';

const busy = 'it is being brought online';

/** What onlineCalled and onlinePending have in common. */
const goingOnline: Row = {
  goOnline: (instance) => refuse(instance, busy),
  goOffline: (instance, _event, policy) => callTerminate(instance, 'offline', 'offline', 'asked offline while going online', policy),
  remove: (instance, _event, policy) => callTerminate(instance, 'close', 'remove', 'removed while going online', policy),
  failAsked: (instance) => refuse(instance, 'it is not Online'),
  statusReported: statusWhileGoingOnline,
  failureReported: (instance, event, policy) => {
    const hint = failureHint(instance, event, policy);
    if (hint === 'stale' || hint === 'incarnationRequired') return dropRecord(instance, event.incarnation, hint);
    if (instance.latched) return dropRecord(instance, event.incarnation, 'duplicate');
    const failure: Failure = { reason: event.reason, source: event.source, atMs: event.atMs };
    if (hint === 'bare') return stay({ ...instance, suspicion: failure });
    return stay({ ...instance, latched: failure }, { kind: 'publish', event: 'failureLatched', fields: { reason: event.reason } });
  },
  hostLost: (instance, event, policy) => recoverFromLoss({ ...instance, recover: true }, event, policy),
  hosted: hostedWhileGoingOnline,
  resumed: (instance) => stay({ ...instance, unconfirmed: true }),
};

/** `online` is unanswered. */
export const onlineCalled: Row = {
  ...goingOnline,
  onlineAnswered: (instance, event, policy) => {
    const { outcome, atMs } = event;
    switch (outcome.kind) {
      case 'refused':
        return refused(instance, outcome.error.code, outcome.error.message, atMs, policy);
      case 'malformed':
        return fail(instance, { reason: `online answered nonsense: ${outcome.why}`, source: 'malformedResult', atMs }, policy);
      case 'completed':
        if (!outcome.result.pending) return becomeOnline(instance, outcome.result.contract, atMs, policy);
        return becomePending(instance, policy);
    }
  },
};

/** `online` was answered *pending*: silence between changed checkpoints is limited (S15 to S17). */
export const onlinePending: Row = {
  ...goingOnline,
  pendingExpired: (instance, event, policy) =>
    fail(instance, { reason: pendingReason(event, policy), source: 'pendingTimeout', atMs: event.atMs }, policy),
};

function becomePending(instance: Instance, policy: Policy): Step {
  const pending = enter(instance, 'onlinePending', { ...keepLatches(instance), checkpoint: instance.checkpoint, text: instance.text });
  const step = stay(pending, { kind: 'arm', timer: 'pending', ms: policy.pendingTimeoutMs });
  if (policy.maxPendingMs === null) return step;
  return stay(pending, ...step.effects, { kind: 'arm', timer: 'maxPending', ms: policy.maxPendingMs });
}

function keepLatches(instance: Instance): Pick<Instance, 'latched' | 'suspicion'> {
  return { latched: instance.latched, suspicion: instance.suspicion };
}

function refused(instance: Instance, code: string, message: string, atMs: number, policy: Policy): Step {
  const step = fail(instance, { reason: `online failed: ${message || code}`, source: sourceOf(code, 'onlineError'), atMs }, policy);
  return stay(step.instance, ...step.effects, { kind: 'publish', event: 'callFailed', fields: { call: 'online', code, message } });
}

function sourceOf(code: string, otherwise: FailureSourceName): FailureSourceName {
  return code === 'hung' ? 'hangMode' : otherwise;
}

/** A host may report before its answer *pending* arrives: its threads race, and what it says is true all the same. */
function statusWhileGoingOnline(instance: Instance, event: LifeEvent<'statusReported'>, policy: Policy): Step {
  const { requestId, atMs } = event;
  if (event.incarnation <= instance.terminatedIncarnation) return stay(instance, { kind: 'answer', requestId, answer: 'terminate' });
  if (event.operation !== 'online' || event.incarnation !== instance.incarnation) {
    return stay(instance, { kind: 'reject', requestId, why: 'no such operation is pending' });
  }
  const answer = { kind: 'answer', requestId, answer: 'continue' } as const;
  switch (event.state) {
    case 'online': {
      const step = becomeOnline(instance, event.contract, atMs, policy);
      return stay(step.instance, ...step.effects, answer);
    }
    case 'failed':
    case 'offline': {
      const reason = event.text || `the host reported ${event.state}`;
      const step = fail(instance, { reason, source: sourceOf(event.code, 'statusReport'), atMs }, policy);
      return stay(step.instance, ...step.effects, answer);
    }
    case 'offlinePending':
      return stay(instance, { kind: 'reject', requestId, why: 'online is pending, not offline' });
    case 'onlinePending':
      return progressed(instance, event, policy);
  }
}
