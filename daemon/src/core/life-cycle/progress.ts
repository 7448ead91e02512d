import type { LifeEvent } from './events.ts';
import type { Instance, Policy } from './instance.ts';
import { stay, type Step } from './moves.ts';

/** Only a larger checkpoint is progress; the same one shows life and re-arms nothing. */
export function progressed(instance: Instance, event: LifeEvent<'statusReported'>, policy: Policy): Step {
  const reported = { ...instance, text: event.text || instance.text, checkpoint: Math.max(instance.checkpoint, event.checkpoint) };
  const answer = { kind: 'answer', requestId: event.requestId, answer: 'continue' } as const;
  const told = { kind: 'publish', event: 'statusReported', fields: { checkpoint: event.checkpoint, text: event.text } } as const;
  const pended = instance.phase === 'onlinePending' || instance.phase === 'offlinePending';
  if (!pended || event.checkpoint <= instance.checkpoint) return stay(reported, answer, told);
  return stay(reported, { kind: 'arm', timer: 'pending', ms: policy.pendingTimeoutMs }, answer, told);
}

/** A report while nothing is pending: what was terminated is told so once more (S18), anything else is turned down (S19). */
export function statusOutOfPlace(instance: Instance, event: LifeEvent<'statusReported'>): Step {
  const { requestId, incarnation } = event;
  if (incarnation <= instance.terminatedIncarnation) return stay(instance, { kind: 'answer', requestId, answer: 'terminate' });
  return stay(instance, { kind: 'reject', requestId, why: 'nothing is pending' });
}

/** Why a pended operation was given up. */
export function pendingReason(event: LifeEvent<'pendingExpired'>, policy: Policy): string {
  return event.total
    ? `not done within maxPendingMs (${policy.maxPendingMs} ms)`
    : `no progress within PendingTimeout (${policy.pendingTimeoutMs} ms)`;
}
