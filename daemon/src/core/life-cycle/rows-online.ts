import type { LifeEvent } from './events.ts';
import type { Failure, Instance, Policy } from './instance.ts';
import { effectivePolls } from '../poll-schedule.ts';
import { hostedWhileOnline } from './adoption.ts';
import { armPolls, call, dropRecord, enter, fail, recoverFromLoss, refuse, stay, type Step, verify } from './moves.ts';
import { statusOutOfPlace } from './progress.ts';
import { failureHint } from './records.ts';
import type { Row } from './row.ts';

export const online: Row = {
  goOnline: (instance) => stay(instance),
  goOffline: (instance, _event, policy) =>
    call(enter(instance, 'offlineCalled', { next: 'offline' }), 'offline', policy.deadlockTimeoutMs, { cause: 'offline' }),
  remove: (instance, _event, policy) =>
    call(enter(instance, 'offlineCalled', { next: 'close' }), 'offline', policy.deadlockTimeoutMs, { cause: 'remove' }),
  failAsked: (instance, event, policy) =>
    instance.unconfirmed
      ? refuse(instance, 'its host has not spoken yet')
      : fail(instance, { reason: event.reason, source: 'administrator', atMs: event.atMs }, policy),

  failureReported: (instance, event, policy) => {
    const hint = failureHint(instance, event, policy);
    if (hint === 'stale' || hint === 'incarnationRequired') return dropRecord(instance, event.incarnation, hint);
    const failure: Failure = { reason: event.reason, source: event.source, atMs: event.atMs };
    return hint === 'bare' || policy.verifyOnSignal ? verify(instance, failure, policy) : fail(instance, failure, policy);
  },

  // Never two polls outstanding: while one is, its answer arms what is due next.
  looksAliveDue: (instance, _event, policy) => (instance.call ? stay(instance) : call(instance, 'looksAlive', policy.deadlockTimeoutMs)),
  isAliveDue: (instance, _event, policy) => {
    if (!instance.call) return call(instance, 'isAlive', policy.deadlockTimeoutMs);
    return stay(instance, { kind: 'arm', timer: 'isAlive', ms: instance.polls?.isAlive.ms ?? policy.deadlockTimeoutMs });
  },
  aliveAnswered,
  verifyExpired: (instance, event, policy) => notAlive(instance, 'isAlive gave no answer in time', event.atMs, policy),

  statusReported: statusOutOfPlace,

  hostLost: (instance, event, policy) => recoverFromLoss({ ...instance, recover: true }, event, policy),
  resumed: (instance, _event, policy) =>
    stay({ ...instance, unconfirmed: true, polls: instance.contract && effectivePolls(instance.contract, policy.polls) }),
  hosted: hostedWhileOnline,
};

function aliveAnswered(instance: Instance, event: LifeEvent<'aliveAnswered'>, policy: Policy): Step {
  const verdict = readAlive(event);
  const answered: Instance = { ...instance, call: null };
  if (event.method === 'looksAlive') {
    if (verdict.alive) return stay(answered, ...rearm(answered, 'looksAlive'));
    const asked = call(answered, 'isAlive', policy.deadlockTimeoutMs);
    return stay(asked.instance, ...asked.effects, { kind: 'disarm', timer: 'isAlive' });
  }
  if (!verdict.alive) return notAlive(answered, verdict.reason, event.atMs, policy);
  const { suspicion } = instance;
  if (!suspicion) return stay(answered, ...armPolls(answered));
  const cleared = { ...answered, suspicion: null };
  return stay(
    cleared,
    { kind: 'disarm', timer: 'verify' },
    { kind: 'dismissRecord', incarnation: instance.incarnation, reason: suspicion.reason },
    { kind: 'publish', event: 'recordDismissed', fields: { reason: suspicion.reason } },
    ...armPolls(cleared),
  );
}

/** A host without the entry point cannot tell, which is no sign of failure; any other refusal is. */
function readAlive(event: LifeEvent<'aliveAnswered'>): { readonly alive: boolean; readonly reason: string } {
  const { outcome } = event;
  switch (outcome.kind) {
    case 'completed':
      return outcome.result;
    case 'refused':
      return {
        alive: outcome.error.code === 'notSupported',
        reason: `${event.method} failed: ${outcome.error.message || outcome.error.code}`,
      };
    case 'malformed':
      return { alive: false, reason: `${event.method} answered nonsense: ${outcome.why}` };
  }
}

function rearm(instance: Instance, timer: 'looksAlive') {
  const ms = instance.polls?.[timer].ms;
  return ms ? [{ kind: 'arm', timer, ms } as const] : [];
}

/** S24: observers see Failed before terminate leaves. A suspicion keeps its own source: it was that record which was right. */
function notAlive(instance: Instance, reason: string, atMs: number, policy: Policy): Step {
  const { suspicion } = instance;
  const failure: Failure = suspicion ? { ...suspicion, atMs } : { reason: reason || 'isAlive said no', source: 'isAlive', atMs };
  return { ...fail(instance, failure, policy), announce: 'first' };
}
