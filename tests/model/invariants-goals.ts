import { type Next, type Phase, publicState } from '../../daemon/src/core/life-cycle/phases.ts';
import { firstOf, has, type Invariant, isEvent, isLate, tells } from './invariant.ts';
import type { Seen } from './world.ts';

/** What may follow in each phase; the others may have anything left over. */
const NEXT_OF: Partial<Record<Phase, readonly Next[]>> = {
  awaitingHost: ['online', 'offline', 'close'],
  opening: ['online', 'offline', 'close'],
  onlineCalled: ['online'],
  onlinePending: ['online'],
  online: ['online'],
  offlineCalled: ['offline', 'close'],
  offlinePending: ['offline', 'close'],
  restartDelay: ['recover', 'online'],
  closing: ['close'],
};
const UNOPENED: ReadonlySet<Phase> = new Set<Phase>(['closed', 'awaitingHost', 'opening']);
const ANY: ReadonlySet<Phase> = new Set<Phase>(['restartDelay', 'failed']);
const HELD: ReadonlySet<Phase> = new Set<Phase>([
  'onlineCalled',
  'onlinePending',
  'online',
  'offlineCalled',
  'offlinePending',
  'terminating',
]);
const BUSY: ReadonlySet<Phase> = new Set<Phase>(['onlineCalled', 'onlinePending', 'offlineCalled', 'offlinePending', 'closing']);

/** What an instance is about, and that each event brings it nearer to that. */
export const GOAL_INVARIANTS: readonly Invariant[] = [
  {
    name: 'what follows fits the phase',
    stands: 'style 3',
    broken: ({ after: { instance } }) =>
      NEXT_OF[instance.phase]?.includes(instance.next) === false ? `next ${instance.next} in ${instance.phase}` : null,
  },
  {
    name: 'it is open exactly in the phases in which a host holds it',
    stands: 'S1',
    broken: ({ after: { instance } }) =>
      ANY.has(instance.phase) || instance.opened !== UNOPENED.has(instance.phase)
        ? null
        : `opened is ${instance.opened} in ${instance.phase}`,
  },
  {
    name: 'what it is not open for and what may run unheld exclude each other',
    stands: 'D31',
    broken: ({ after: { instance } }) => (instance.opened && instance.recover ? 'open, and to be recovered' : null),
  },
  {
    name: 'a record waits only while it goes online, a suspicion only there and while Online',
    stands: 'S33, S34',
    broken: ({ after: { instance } }) => {
      const { phase, latched, suspicion } = instance;
      const goingOnline = phase === 'onlineCalled' || phase === 'onlinePending';
      return firstOf([
        latched !== null && !goingOnline && `a record waits in ${phase}`,
        suspicion !== null && !goingOnline && phase !== 'online' && `suspected in ${phase}`,
      ]);
    },
  },
  {
    name: 'what is unanswered was sent or waits its turn',
    stands: 'style 3',
    broken: ({ after }) => {
      const { call } = after.instance;
      if (call === null || !after.connected) return null;
      return after.calls.some(({ id, method }) => id === call.id && method === call.method)
        ? null
        : `${call.method} is waited for and was never sent`;
    },
  },
  {
    name: 'a host is asked for on the way there, and only then',
    stands: 'D31',
    broken: ({ before, event, after, effects }) => {
      const asked = effects.some(({ kind }) => kind === 'needHost');
      const is = after.instance.phase === 'awaitingHost';
      const entered = is && (before.instance.phase !== 'awaitingHost' || isEvent(event, 'resumed'));
      if (entered !== asked && !(is && isEvent(event, 'goOnline')))
        return asked ? 'asked for and not awaited' : 'awaited and not asked for';
      return is && after.instance.next !== 'online' && !after.instance.recover ? 'a host is started for nothing' : null;
    },
  },
  {
    name: 'an online that is accepted sets the goal, and a manual one forgives',
    stands: 'S12, D35',
    broken: (seen) => {
      const { event, before, after } = seen;
      if (!isEvent(event, 'goOnline') || has(seen, 'refuse') || (before.instance.phase === 'terminating' && !event.manual)) return null;
      if (after.instance.next !== 'online') return 'the goal is another';
      if (before.instance.phase === 'awaitingHost' && !has(seen, 'needHost')) return 'it sits out the back-off of its host';
      return event.manual && before.instance.phase !== 'online' && after.instance.failures.length > 0 ? 'failures were not forgiven' : null;
    },
  },
  {
    name: 'online while pending, and online of what is being removed, are refused',
    stands: 'S11',
    broken: (seen) => {
      if (!isEvent(seen.event, 'goOnline')) return null;
      const { phase, next, trouble } = seen.before.instance;
      const goingOnline = (phase === 'opening' || (phase === 'awaitingHost' && trouble === null)) && next === 'online';
      const removing = next === 'close' && ['awaitingHost', 'opening', 'terminating'].includes(phase);
      return (BUSY.has(phase) || goingOnline || removing) && !has(seen, 'refuse') ? `accepted in ${phase}` : null;
    },
  },
  {
    name: 'a request is refused in its own words',
    stands: 'S11, S50',
    broken: (seen) => {
      const request = isEvent(seen.event, 'goOnline') || isEvent(seen.event, 'failAsked');
      const refusal = seen.effects.find((effect) => effect.kind === 'refuse');
      return request && refusal?.why.includes('means nothing') ? 'refused for want of a cell' : null;
    },
  },
  {
    name: 'offline and remove set the goal, and a removal stands',
    stands: 'D35',
    broken: (seen) => {
      const { event, before, after } = seen;
      const { phase, next } = after.instance;
      if (before.wanted === 'Removed' && before.instance.next === 'close' && next !== 'close' && !after.gone)
        return 'a removal was forgotten';
      if (!isEvent(event, 'goOffline') && !isEvent(event, 'remove')) return null;
      const state = publicState(after.instance);
      if (!['Offline', 'OfflinePending', 'Unknown'].includes(state) && after.instance.trouble === null) return `it is ${state} afterwards`;
      if (isEvent(event, 'remove')) return next === 'close' ? null : 'it is not removed afterwards';
      return next === 'offline' || next === 'close' || phase === 'closed' || phase === 'offline' ? null : `next is ${next}`;
    },
  },
  {
    name: 'removed is told when nothing is left, and always then',
    stands: 'S2',
    broken: (seen) => {
      const { phase } = seen.after.instance;
      if (has(seen, 'removed')) return phase === 'closed' ? null : `removed in ${phase}`;
      const { before, after } = seen;
      return phase === 'closed' && before.instance.phase !== 'closed' && after.instance.next === 'close' ? 'closed and not removed' : null;
    },
  },
  {
    name: 'a new daemon is sure of nothing that a host holds',
    stands: 'S44, D26',
    broken: (seen) =>
      isEvent(seen.event, 'resumed') && HELD.has(seen.after.instance.phase) && !seen.after.instance.unconfirmed
        ? 'taken for certain'
        : null,
  },
  {
    name: 'what a new daemon finds on its way online is verified once it is Online',
    stands: 'S56, D8',
    broken: ({ event, before, after }) =>
      isEvent(event, 'hosted') &&
      before.instance.unconfirmed &&
      after.instance.phase === 'onlineCalled' &&
      after.instance.suspicion === null
        ? 'a record that the daemon before heard would be lost'
        : null,
  },
  {
    name: 'after the word of its host all is certain',
    stands: 'S44, D26',
    broken: (seen) =>
      (isEvent(seen.event, 'hosted') || isEvent(seen.event, 'hostLost')) && seen.after.instance.unconfirmed ? 'still uncertain' : null,
  },
  {
    name: 'what runs at a host although it is at rest is ended, and is Offline after that',
    stands: 'D26',
    broken: (seen) => {
      if (!isEvent(seen.event, 'hosted') || !['closed', 'awaitingHost', 'offline'].includes(seen.before.instance.phase)) return null;
      const behind = seen.event.report.incarnation > seen.before.instance.incarnation;
      const state = publicState(seen.after.instance);
      return !behind && seen.after.instance.phase === 'terminating' && state !== 'OfflinePending' ? `it is ${state} afterwards` : null;
    },
  },
  {
    name: 'the end of a terminate that a hello tells of is told',
    stands: 'D26',
    broken: (seen: Seen) => {
      if (!isEvent(seen.event, 'hosted') || isLate(seen) || seen.before.instance.phase !== 'terminating') return null;
      const same = seen.event.report.incarnation === seen.before.instance.incarnation;
      return same && seen.after.instance.phase !== 'terminating' && !tells(seen, 'terminated') ? 'it was not told' : null;
    },
  },
];
