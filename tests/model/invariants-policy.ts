import { publicState } from '../../daemon/src/core/life-cycle/phases.ts';
import { armed, type Invariant, isEvent, isLate, tells, isHung } from './invariant.ts';
import type { Seen } from './world.ts';

/** What a failure leads to. */
export const POLICY_INVARIANTS: readonly Invariant[] = [
  {
    name: 'what failed is Failed, and policy decides',
    stands: 'S41, D28, D35',
    broken: (seen) => {
      const { before, event, after } = seen;
      const { phase, next } = before.instance;
      const isLost =
        isEvent(event, 'hostLost') &&
        (['onlineCalled', 'onlinePending', 'online'].includes(phase) || (phase === 'opening' && next === 'online'));
      const inTrouble = isEvent(event, 'hostTrouble') && phase === 'awaitingHost' && next === 'online';
      const notOpen = isEvent(event, 'openAnswered') && !isLate(seen) && event.outcome.kind !== 'completed' && next === 'online';
      if (!isLost && !inTrouble && !notOpen && !tells(seen, 'failureReported')) return null;
      const state = publicState(after.instance);
      return state === 'Failed' ? null : `it is ${state} afterwards`;
    },
  },
  {
    name: 'what its host says is in hang mode is not tried again by itself, whichever daemon knows of it',
    stands: 'S45',
    broken: (seen) => {
      if (!isHung(seen.after.instance)) return saysHung(seen) ? 'nobody remembers it' : null;
      const { phase, next } = seen.after.instance;
      if (phase === 'restartDelay' && next === 'recover') return 'a restart is due';
      return armed(seen, 'retry') ? 'a retry is due' : null;
    },
  },
  {
    name: 'what policy decides is what happens',
    stands: 'S46, S47, S48',
    broken: (seen, { restart }) => {
      const { phase } = seen.after.instance;
      if (tells(seen, 'restartScheduled') && phase !== 'restartDelay') return `a restart is told, in ${phase}`;
      if (tells(seen, 'restartsExhausted') && phase !== 'failed') return `the end of restarts is told, in ${phase}`;
      return restart.RestartAction === 'DontRestart' && phase === 'restartDelay' && seen.after.instance.next === 'recover'
        ? 'restarted against the policy'
        : null;
    },
  },
  {
    name: 'who gives up, or is retried, begins a new series',
    stands: 'S48',
    broken: (seen) => {
      const { phase, recover } = seen.before.instance;
      const trouble = phase === 'restartDelay' || phase === 'failed' || (phase === 'closed' && recover);
      const anew = isEvent(seen.event, 'retryDue') || (trouble && (isEvent(seen.event, 'goOffline') || isEvent(seen.event, 'remove')));
      return anew && seen.after.instance.failures.length > 0 ? 'old failures still count' : null;
    },
  },
  {
    name: 'an attempt that is due is made, or waits for its provider',
    stands: 'S47, S48, D34',
    broken: (seen) => {
      if (!isEvent(seen.event, 'restartDue') && !isEvent(seen.event, 'retryDue')) return null;
      const { phase } = seen.after.instance;
      if (!seen.event.clear) return phase === 'offline' || phase === 'closed' ? null : `${phase} without its provider`;
      return phase === 'onlineCalled' || phase === 'awaitingHost' ? null : `${phase} although an attempt was due`;
    },
  },
  {
    name: 'after hello it is no better and no worse than its host says',
    stands: 'D26',
    broken: (seen) => {
      if (!isEvent(seen.event, 'hosted')) return null;
      const { before, after, event } = seen;
      const { phase } = after.instance;
      const { report } = event;
      if (phase === 'online' && (report.state !== 'Online' || report.failed)) return `online, and its host says ${report.state}`;
      const counted = after.instance.failures.length > before.instance.failures.length;
      if (counted && publicState(after.instance) !== 'Failed') return `a failure was counted, and it is ${phase}`;
      const isAhead = report.incarnation > before.instance.incarnation;
      const isOffline = phase === 'offline' || phase === 'closing';
      return isAhead && report.state === 'Offline' && !isOffline ? `${phase}, and its host says Offline` : null;
    },
  },
];

/** An online was answered *hung*, or reported so after it had pended. */
function saysHung(seen: Seen): boolean {
  const { event } = seen;
  if (isEvent(event, 'onlineAnswered')) return !isLate(seen) && event.outcome.kind === 'refused' && event.outcome.error.code === 'hung';
  return isEvent(event, 'statusReported') && event.code === 'hung' && tells(seen, 'failureReported');
}
