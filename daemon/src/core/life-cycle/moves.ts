import { type InstanceCall, OPEN_CLOSE_LIMIT_MS, VERIFY_LIMIT_MS } from '@andon/protocol';
import { type OnlineContract, effectivePolls } from '../poll-schedule.ts';
import { recentFailures, restartVerdict } from '../restart-policy.ts';
import type { DropReason, Effect } from './effects.ts';
import type { LifeEvent } from './events.ts';
import type { Failure, Instance, Policy } from './instance.ts';
import type { Next, Phase } from './phases.ts';

/** What a cell of the table answers. `announce: 'first'`: the change of public state is told before the other effects. */
export interface Step {
  readonly instance: Instance;
  readonly effects: readonly Effect[];
  readonly announce?: 'first';
}

export const stay = (instance: Instance, ...effects: readonly Effect[]): Step => ({ instance, effects });
export const refuse = (instance: Instance, why: string): Step => stay(instance, { kind: 'refuse', why });

/** Enters a phase: what belonged to the one before is over. */
export function enter(instance: Instance, phase: Phase, change: Partial<Instance> = {}): Instance {
  return {
    ...instance,
    phase,
    epoch: instance.epoch + 1,
    call: null,
    checkpoint: -1,
    text: '',
    suspicion: null,
    nextAttemptAtMs: null,
    trouble: null,
    ...change,
  };
}

/** Puts a call in flight. */
export function call(
  instance: Instance,
  method: InstanceCall,
  limitMs: number,
  because: { readonly cause?: string; readonly reason?: string; readonly incarnation?: number } = {},
): Step {
  const callId = instance.lastCallId + 1;
  return stay(
    { ...instance, call: { id: callId, method }, lastCallId: callId },
    {
      kind: 'call',
      method,
      callId,
      incarnation: because.incarnation ?? instance.incarnation,
      limitMs,
      cause: because.cause ?? '',
      reason: because.reason ?? '',
    },
  );
}

/** Goes online from rest: by way of a host and `open` where the instance is not open yet. */
export function begin(instance: Instance, policy: Policy): Step {
  const goal = { next: 'online' as const, latched: null };
  if (instance.opened && !instance.recover) return callOnline({ ...instance, ...goal }, policy);
  return stay(enter(instance, 'awaitingHost', goal), { kind: 'needHost' });
}

export function callOpen(instance: Instance): Step {
  return call(enter(instance, 'opening'), 'open', OPEN_CLOSE_LIMIT_MS);
}

/** A new incarnation. Its number is durable before the host can hear of it. */
export function callOnline(instance: Instance, policy: Policy): Step {
  const incarnation = instance.incarnation + 1;
  const entered = enter(instance, 'onlineCalled', { incarnation, next: 'online', latched: null, contract: null, polls: null });
  const sent = call(entered, 'online', policy.deadlockTimeoutMs);
  return { instance: sent.instance, effects: [{ kind: 'beginIncarnation', incarnation }, ...sent.effects] };
}

/** `online` is done. A record that came earlier is acted upon now; otherwise polling begins, if there is any. */
export function becomeOnline(instance: Instance, contract: OnlineContract, atMs: number, policy: Policy): Step {
  const polls = effectivePolls(contract, policy.polls);
  const online = enter(instance, 'online', { contract, polls, onlineSinceMs: atMs, latched: null });
  const { latched, suspicion } = instance;
  if (latched) return policy.verifyOnSignal ? verify(online, latched, policy) : fail(online, latched, policy);
  if (suspicion) return verify(online, suspicion, policy);
  return stay(online, ...armPolls(online));
}

export function armPolls(instance: Instance): readonly Effect[] {
  const effects: Effect[] = [];
  if (instance.polls?.looksAlive.ms) effects.push({ kind: 'arm', timer: 'looksAlive', ms: instance.polls.looksAlive.ms });
  if (instance.polls?.isAlive.ms) effects.push({ kind: 'arm', timer: 'isAlive', ms: instance.polls.isAlive.ms });
  return effects;
}

/** One isAlive decides a suspicion. A poll that is under way began before it and proves nothing, so it is overtaken. */
export function verify(instance: Instance, suspicion: Failure, policy: Policy): Step {
  if (instance.suspicion) return stay(instance);
  const asked = call({ ...instance, suspicion }, 'isAlive', policy.deadlockTimeoutMs);
  return stay(
    asked.instance,
    ...asked.effects,
    { kind: 'disarm', timer: 'looksAlive' },
    { kind: 'disarm', timer: 'isAlive' },
    { kind: 'arm', timer: 'verify', ms: VERIFY_LIMIT_MS },
    { kind: 'publish', event: 'verifyStarted', fields: { why: suspicion.reason } },
  );
}

/** The failure path: terminate is the first effect, everything else comes after it. */
export function fail(instance: Instance, failure: Failure, policy: Policy): Step {
  const failed = countFailure(instance, failure, policy);
  const { reason, source, atMs } = failure;
  const step = callTerminate(failed, 'recover', source, reason, policy);
  const [terminate, ...told] = step.effects;
  const reported = { kind: 'publish', event: 'failureReported', fields: { reason, source }, atMs } as const;
  return stay(step.instance, ...(terminate ? [terminate] : []), reported, ...told);
}

export function countFailure(instance: Instance, failure: Failure, policy: Policy): Instance {
  const failures = [...recentFailures(instance.failures, failure.atMs, policy.restart), failure.atMs];
  return { ...instance, failures, lastFailure: failure };
}

export function callTerminate(
  instance: Instance,
  next: Next,
  cause: string,
  reason: string,
  policy: Policy,
  incarnation = Math.max(1, instance.incarnation),
): Step {
  const entered = enter(instance, 'terminating', {
    next,
    latched: null,
    // What is found running before any online of ours gets a number too, lest the first online came under a terminated one.
    incarnation: Math.max(instance.incarnation, incarnation),
    terminatedIncarnation: Math.max(instance.terminatedIncarnation, incarnation),
  });
  const sent = call(entered, 'terminate', policy.terminateTimeoutMs, { cause, reason, incarnation });
  return stay(sent.instance, ...sent.effects, {
    kind: 'publish',
    event: 'terminateCalled',
    fields: { cause, reason },
  });
}

/** Until an administrator ends it, its host would refuse every attempt (S45). */
export function isInHangMode({ lastFailure }: Instance): boolean {
  return lastFailure?.source === 'hangMode';
}

/** What the restart policy says of the newest failure; the delay counts from now (the answer to terminate, or the verified kill). */
export function recoverByPolicy(instance: Instance, atMs: number, policy: Policy): Step {
  const failures = recentFailures(instance.failures, atMs, policy.restart);
  const verdict = restartVerdict(failures, policy.restart);
  const threshold = policy.restart.RestartThreshold;
  const current = { ...instance, failures };
  if (isInHangMode(instance)) return stay(enter(current, 'failed'));
  switch (verdict.kind) {
    case 'restart':
      return scheduleRestart(current, 'recover', atMs, verdict.delayMs, {
        kind: 'publish',
        event: 'restartScheduled',
        fields: { delayMs: verdict.delayMs, failures: failures.length, threshold },
      });
    case 'dontRestart':
      return stay(enter(current, 'failed'));
    case 'exhausted': {
      const exhausted: Effect = { kind: 'publish', event: 'restartsExhausted', fields: { failures: failures.length, threshold } };
      if (verdict.retryMs === null) return stay(enter(current, 'failed'), exhausted);
      return stay(
        enter(current, 'failed', { nextAttemptAtMs: atMs + verdict.retryMs }),
        { kind: 'arm', timer: 'retry', ms: verdict.retryMs },
        exhausted,
        { kind: 'publish', event: 'retryScheduled', fields: { delayMs: verdict.retryMs } },
      );
    }
  }
}

/** Next attempt after `delayMs`: `recover` when the policy asks for it, `online` when an administrator does. */
export function scheduleRestart(
  instance: Instance,
  next: 'recover' | 'online',
  atMs: number,
  delayMs: number,
  ...effects: readonly Effect[]
): Step {
  const waiting = enter(instance, 'restartDelay', { next, nextAttemptAtMs: atMs + delayMs });
  return stay(waiting, { kind: 'arm', timer: 'restart', ms: delayMs }, ...effects);
}

/** At rest, with nothing running. */
export function rest(instance: Instance): Step {
  if (instance.next === 'close') return close(instance);
  return stay(enter(instance, instance.opened ? 'offline' : 'closed', { contract: null, polls: null, latched: null }));
}

export function close(instance: Instance): Step {
  if (!instance.opened) return stay(enter(instance, 'closed', { next: 'close' }), { kind: 'removed' });
  return call(enter(instance, 'closing', { next: 'close' }), 'close', OPEN_CLOSE_LIMIT_MS);
}

/** Takes an instance that is at rest in trouble to Offline. What may still run unheld is looked for first. */
export function giveUp(instance: Instance, next: 'offline' | 'close'): Step {
  const goal = { ...instance, next, failures: [] };
  if (!instance.recover) return rest(goal);
  return stay(enter(goal, 'awaitingHost'), { kind: 'needHost' });
}

/** The host is gone, and with it what the daemon knew of the instance. */
export function loseHost(instance: Instance): Instance {
  return { ...instance, opened: false, call: null, latched: null };
}

/** A manual online clears Failed and the counter; an automatic one keeps them. */
export function forget(instance: Instance, manual: boolean): Instance {
  return manual ? { ...instance, failures: [], restarts: 0 } : instance;
}

/** A record that comes when the instance is not Online: the same failure told again, or a word of the past. */
export function dropRecord(instance: Instance, incarnation: number | null, why: DropReason): Step {
  const stale = incarnation !== null && incarnation < instance.incarnation;
  return stay(instance, { kind: 'dropRecord', why: stale ? 'stale' : why, incarnation });
}

/** The host is gone while the instance was wanted there. Only who had a call in flight is charged with it. */
export function recoverFromLoss(instance: Instance, event: LifeEvent<'hostLost'>, policy: Policy): Step {
  const { reason, source, atMs } = event;
  const lost = { ...loseHost(instance), unconfirmed: false };
  const failure: Failure = { reason, source, atMs };
  return recoverByPolicy(event.blamed ? countFailure(lost, failure, policy) : { ...lost, lastFailure: failure }, atMs, policy);
}
