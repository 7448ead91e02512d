import { type Invariant, isEvent, isLate, tells, armed } from './invariant.ts';
import type { Seen } from './world.ts';

/** The host answered *hung*, to a call or to the report of one that pended, and was listened to. */
function hangs(seen: Seen): boolean {
  const { event } = seen;
  if (isEvent(event, 'statusReported')) {
    const isTaken = seen.effects.some((effect) => effect.kind === 'answer' && effect.answer === 'continue');
    return isTaken && event.state === 'failed' && event.code === 'hung';
  }
  if (event === null || !('outcome' in event) || isEvent(event, 'closeAnswered') || isLate(seen)) return false;
  return event.outcome.kind === 'refused' && event.outcome.error.code === 'hung';
}

/** Only what was begun after it was cleared tells a new daemon that it was. */
function mayLeave({ event, before }: Seen): boolean {
  if (isEvent(event, 'clearHang')) return true;
  if (isEvent(event, 'resumed')) return before.instance.phase === 'onlineCalled';
  return isEvent(event, 'hosted') && event.report.incarnation > before.instance.incarnation;
}

/** What the word *hung* of a host leads to, and for how long. */
export const HANG_INVARIANTS: readonly Invariant[] = [
  {
    name: 'what hung is in hang mode, and observers are told',
    stands: 'S45',
    broken: (seen) => (hangs(seen) && seen.after.instance.hung === null ? 'it is not' : null),
  },
  {
    name: 'in hang mode it is not online, nor on its way there, nor tried again',
    stands: 'S45',
    broken: (seen) => {
      const { hung, phase, next } = seen.after.instance;
      if (hung === null) return null;
      if (['onlineCalled', 'onlinePending', 'online', 'restartDelay'].includes(phase)) return `it is ${phase}`;
      if ((phase === 'awaitingHost' || phase === 'opening') && next === 'online') return 'a host is asked for it';
      return armed(seen, 'retry') ? 'a retry is due' : null;
    },
  },
  {
    name: 'only an administrator ends hang mode, over every restart',
    stands: 'S45',
    broken: (seen) => {
      if (isEvent(seen.event, 'clearHang')) return seen.after.instance.hung === null ? null : 'it was not cleared';
      return seen.before.instance.hung !== null && seen.after.instance.hung === null && !mayLeave(seen) ? 'it was forgotten' : null;
    },
  },
  {
    name: 'entering and leaving hang mode are told, and nothing else is told so',
    stands: 'S45',
    broken: (seen) => {
      const was = seen.before.instance.hung !== null;
      const is = seen.after.instance.hung !== null;
      if (tells(seen, 'hangModeEntered') !== (is && !was)) return 'its beginning';
      return tells(seen, 'hangModeCleared') === (was && !is) ? null : 'its end';
    },
  },
];
