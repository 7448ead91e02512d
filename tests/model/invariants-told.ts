import { callsIn, calls, has, type Invariant, isEvent, isLate, tells, arms, isHung } from './invariant.ts';
import type { Seen } from './world.ts';

const follows = (name: string, stands: string, cause: (seen: Seen) => boolean, told: (seen: Seen) => boolean): Invariant => ({
  name,
  stands,
  broken: (seen) => {
    const due = cause(seen);
    return due === told(seen) ? null : due ? 'it was not told' : 'it was told without a cause';
  },
});

const became = (seen: Seen, field: 'latched' | 'suspicion'): boolean =>
  seen.before.instance[field] === null && seen.after.instance[field] !== null;
const refusedOrNonsense = (seen: Seen, kind: 'onlineAnswered' | 'offlineAnswered'): boolean => {
  if (!isEvent(seen.event, kind) || isLate(seen)) return false;
  return seen.event.outcome.kind === 'refused' || (kind === 'offlineAnswered' && seen.event.outcome.kind === 'malformed');
};
const offlineFailedByStatus = (seen: Seen): boolean =>
  isEvent(seen.event, 'statusReported') && seen.event.operation === 'offline' && calls(seen, 'terminate');

/** What an observer learns of each step. Without these an effect could be lost that nothing else depends on. */
export const TOLD_INVARIANTS: readonly Invariant[] = [
  follows(
    'each terminate is told',
    'S7, S28',
    (seen) => calls(seen, 'terminate'),
    (seen) => tells(seen, 'terminateCalled'),
  ),
  {
    name: 'the end of a terminate is told',
    stands: 'D2',
    broken: (seen) => (isEvent(seen.event, 'terminateAnswered') && !isLate(seen) && !tells(seen, 'terminated') ? 'it was not told' : null),
  },
  follows(
    'a record that waits for online is told',
    'S33',
    (seen) => became(seen, 'latched'),
    (seen) => tells(seen, 'failureLatched'),
  ),
  follows(
    'a suspicion is told when its isAlive leaves',
    'S29',
    (seen) => calls(seen, 'isAlive') && seen.after.instance.suspicion !== null,
    (seen) => tells(seen, 'verifyStarted'),
  ),
  follows(
    'a refuted record is told, to observers and to its host',
    'S29, D30',
    (seen) =>
      isEvent(seen.event, 'aliveAnswered') &&
      !isLate(seen) &&
      seen.before.instance.suspicion !== null &&
      seen.after.instance.suspicion === null &&
      seen.after.instance.phase === 'online',
    (seen) => tells(seen, 'recordDismissed') && has(seen, 'dismissRecord'),
  ),
  {
    name: 'observers and host learn of a refuted record together',
    stands: 'D30',
    broken: (seen) => (tells(seen, 'recordDismissed') === has(seen, 'dismissRecord') ? null : 'only one of them was told'),
  },
  {
    name: 'a restart by policy is told',
    stands: 'S47',
    broken: (seen) => {
      if (!arms(seen, 'restart')) return tells(seen, 'restartScheduled') ? 'told and not armed' : null;
      const asked = seen.before.instance.phase === 'terminating' && seen.before.instance.next === 'online';
      return !isEvent(seen.event, 'resumed') && !asked && !tells(seen, 'restartScheduled') ? 'it was not told' : null;
    },
  },
  {
    name: 'the end of the restarts is told, and the retry after it',
    stands: 'S48',
    broken: (seen, { restart }) => {
      const policyDecided =
        seen.after.instance.phase === 'failed' &&
        seen.before.instance.phase !== 'failed' &&
        seen.after.instance.trouble === null &&
        !isHung(seen.after.instance);
      if (!policyDecided || restart.RestartAction === 'DontRestart') return null;
      if (!tells(seen, 'restartsExhausted')) return 'the end was not told';
      return tells(seen, 'retryScheduled') === arms(seen, 'retry') && arms(seen, 'retry') === (restart.RetryPeriodOnFailure !== null)
        ? null
        : 'the retry is not as told';
    },
  },
  follows(
    'a call that was refused is told',
    'S4, S7, S8',
    (seen) => refusedOrNonsense(seen, 'onlineAnswered') || refusedOrNonsense(seen, 'offlineAnswered') || offlineFailedByStatus(seen),
    (seen) => tells(seen, 'callFailed'),
  ),
  {
    name: 'progress is told',
    stands: 'S15',
    broken: (seen) => {
      if (!isEvent(seen.event, 'statusReported')) return null;
      const { state } = seen.event;
      const taken = seen.effects.some((effect) => effect.kind === 'answer' && effect.answer === 'continue');
      const progress = taken && (state === 'onlinePending' || state === 'offlinePending');
      return progress === tells(seen, 'statusReported') ? null : 'not told, or told without being taken';
    },
  },
  {
    name: 'a failure of its own is told with its terminate',
    stands: 'S24, S28',
    broken: (seen) => {
      const failing =
        callsIn(seen).some(({ method }) => method === 'terminate') &&
        seen.after.instance.failures.length > seen.before.instance.failures.length;
      return failing && !tells(seen, 'failureReported') ? 'it was not told' : null;
    },
  },
];
