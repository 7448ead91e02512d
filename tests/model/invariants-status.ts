import { type Invariant, isEvent, unchanged } from './invariant.ts';
import type { Seen } from './world.ts';

const count = (seen: Seen, ...kinds: readonly string[]): number => seen.effects.filter(({ kind }) => kinds.includes(kind)).length;

/** What a host's status reports may do. */
export const STATUS_INVARIANTS: readonly Invariant[] = [
  {
    name: 'a status report gets exactly one answer',
    stands: 'S18, S19',
    broken: (seen) => {
      if (!isEvent(seen.event, 'statusReported')) return null;
      const answers = count(seen, 'answer', 'reject', 'refuse');
      return answers === 1 ? null : `${answers} answers`;
    },
  },
  {
    name: 'a status report after terminate is answered terminate and changes nothing',
    stands: 'S18',
    broken: (seen) => {
      const { event, before } = seen;
      if (!isEvent(event, 'statusReported') || event.operation === null || event.operation === 'terminate') return null;
      const over = event.incarnation <= before.terminateSent;
      const answer = seen.effects.find((effect) => effect.kind === 'answer');
      if (!over) return null;
      return answer?.answer === 'terminate' && unchanged(seen) ? null : 'not answered terminate, or with effects';
    },
  },
  {
    name: 'a status report of nothing that is pending is turned down and changes nothing',
    stands: 'S19',
    broken: (seen) => {
      if (!isEvent(seen.event, 'statusReported') || seen.effects.some((effect) => effect.kind === 'answer' && effect.answer === 'continue'))
        return null;
      return unchanged(seen) ? null : 'it changed something';
    },
  },
  {
    name: 'only a report of the operation that is under way counts',
    stands: 'S19, S37',
    broken: (seen) => {
      if (
        !isEvent(seen.event, 'statusReported') ||
        !seen.effects.some((effect) => effect.kind === 'answer' && effect.answer === 'continue')
      )
        return null;
      const { operation, incarnation, state } = seen.event;
      const fits = operation === 'online' ? state !== 'offlinePending' : operation === 'offline' && state !== 'onlinePending';
      const { phase } = seen.before.instance;
      const underWay =
        operation === 'online'
          ? phase === 'onlineCalled' || phase === 'onlinePending'
          : phase === 'offlineCalled' || phase === 'offlinePending';
      return fits && underWay && incarnation === seen.before.instance.incarnation
        ? null
        : `${operation}@${incarnation} ${state} was taken in ${phase}`;
    },
  },
];
