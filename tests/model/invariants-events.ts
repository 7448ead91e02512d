import { BARE_RECORD_GRACE_MS } from '@andon/protocol';
import type { LifeEvent } from '../../daemon/src/core/life-cycle/events.ts';
import type { Instance, Policy } from '../../daemon/src/core/life-cycle/instance.ts';
import { publicState } from '../../daemon/src/core/life-cycle/phases.ts';
import { calls, callsIn, firstOf, has, type Invariant, isEvent, isLate, tells, unchanged } from './invariant.ts';
import type { Seen } from './world.ts';

/** What each event leads to. */
export const EVENT_INVARIANTS: readonly Invariant[] = [
  {
    name: 'a late answer changes nothing',
    stands: 'S37',
    broken: (seen) => {
      if (!isLate(seen)) return null;
      return unchanged(seen) && seen.effects.length === 1 && tells(seen, 'lateReplyIgnored') ? null : 'a late answer had an effect';
    },
  },
  {
    name: 'what must be handled in every phase is handled',
    stands: 'S41, S50, D35',
    broken: (seen) => {
      if (seen.event === null || !has(seen, 'refuse')) return null;
      return mayRefuse(seen.event, seen.before.instance) ? null : `${seen.event.kind} was refused in ${seen.before.instance.phase}`;
    },
  },
  {
    name: 'what is refused or rejected changes nothing, and says why',
    stands: 'S11, S19',
    broken: refusalChanges,
  },
  {
    name: 'every request is acted on, refused with a reason, or fulfilled already',
    stands: 'S10, S11, D35',
    broken: ignored,
  },
  {
    name: 'the first effect of a live failure record is terminate, or isAlive to verify it',
    stands: 'S28, S29, D32',
    broken: recordNotFirst,
  },
  {
    name: 'under verify a record alone terminates nothing',
    stands: 'S29',
    broken: (seen, policy) => {
      if (!policy.verifyOnSignal || !calls(seen, 'terminate')) return null;
      const online = isEvent(seen.event, 'onlineAnswered') || isEvent(seen.event, 'statusReported');
      const byRecord =
        isEvent(seen.event, 'failureReported') || (online && seen.before.instance.latched !== null && !failedItself(seen.event));
      return byRecord ? 'terminate without isAlive' : null;
    },
  },
  {
    name: 'a record of an older or later incarnation, or where none is Online, has no effect',
    stands: 'S34',
    broken: (seen, policy) => {
      if (!isEvent(seen.event, 'failureReported')) return null;
      const { phase } = seen.before.instance;
      const listening = phase === 'onlineCalled' || phase === 'onlinePending' || phase === 'online';
      const bare = seen.event.incarnation === null;
      const fits = bare ? !policy.requireIncarnation : seen.event.incarnation === seen.before.instance.incarnation;
      if (listening && fits) return null;
      return unchanged(seen) && seen.effects.length === 1 && has(seen, 'dropRecord')
        ? null
        : 'it had an effect, or was dropped without a word';
    },
  },
  { name: 'isAlive false: Failed is told before terminate leaves', stands: 'S24', broken: failedFirst },
  {
    name: 'fail while Online takes the ordinary way',
    stands: 'S50',
    broken: (seen) => {
      if (!isEvent(seen.event, 'failAsked')) return null;
      const online = publicState(seen.before.instance) === 'Online';
      return online === (seen.effects[0]?.kind === 'call' && seen.effects[0].method === 'terminate')
        ? null
        : 'fail did not terminate, or did where nothing is Online';
    },
  },
  {
    name: 'a failure that a resource had is remembered and counted',
    stands: 'S47, D28',
    broken: (seen) => {
      const failures = seen.after.instance.failures.length - seen.before.instance.failures.length;
      const failed =
        tells(seen, 'failureReported') ||
        (isEvent(seen.event, 'hostLost') && seen.event.blamed && seen.before.instance.next === 'online' && hadCall(seen));
      if (failed && failures !== 1) return 'a failure was not counted';
      return isEvent(seen.event, 'hostLost') && !seen.event.blamed && failures > 0 ? 'another one’s fault was counted' : null;
    },
  },
  {
    name: 'terminate stands by itself: only its answer, a hello or the loss of its host ends it',
    stands: 'D2, S37',
    broken: (seen) => {
      if (seen.before.instance.phase !== 'terminating' || seen.after.instance.phase === 'terminating') return null;
      const { event } = seen;
      return isEvent(event, 'terminateAnswered') || isEvent(event, 'hosted') || isEvent(event, 'hostLost')
        ? null
        : `${event?.kind} ended terminate`;
    },
  },
];

const hadCall = (seen: Seen): boolean => ['opening', 'onlineCalled', 'onlinePending', 'online'].includes(seen.before.instance.phase);

function failedItself(event: LifeEvent | null): boolean {
  if (isEvent(event, 'onlineAnswered')) return event.outcome.kind !== 'completed';
  return isEvent(event, 'statusReported') && event.state !== 'online';
}

/** Who may be refused, and where: everything else has to be dealt with. */
function mayRefuse(event: LifeEvent, { phase, next, unconfirmed }: Instance): boolean {
  if (event.kind === 'goOnline') {
    return next === 'close' || !['closed', 'online', 'terminating', 'restartDelay', 'failed', 'offline'].includes(phase);
  }
  if (event.kind === 'failAsked') return phase !== 'online' || unconfirmed;
  return (event.kind === 'hostUp' || event.kind === 'hostTrouble') && phase !== 'awaitingHost';
}

function refusalChanges(seen: Seen): string | null {
  const refusal = seen.effects.find((effect) => effect.kind === 'refuse' || effect.kind === 'reject');
  if (!refusal) return null;
  if (refusal.why === '') return 'no reason is given';
  return unchanged(seen) && seen.effects.length === 1 ? null : 'a refusal with effects';
}

function ignored(seen: Seen): string | null {
  const { event, after } = seen;
  if (event === null || seen.effects.length > 0 || !unchanged(seen)) return null;
  const { phase, next } = after.instance;
  const goingDown = next === 'offline' || next === 'close';
  const atRest = phase === 'offline' || phase === 'closed';
  const fulfilled: Partial<Record<LifeEvent['kind'], boolean>> = {
    goOnline: phase === 'online' || next === 'online' || (event.kind === 'goOnline' && !event.manual),
    goOffline: atRest || goingDown,
    remove: next === 'close',
    failAsked: false,
  };
  return fulfilled[event.kind] === false ? `${event.kind} was asked, and nothing happened` : null;
}

function recordNotFirst(seen: Seen, policy: Policy): string | null {
  const { event, before } = seen;
  const { instance } = before;
  if (!isEvent(event, 'failureReported') || instance.phase !== 'online') return null;
  if (event.incarnation === null ? policy.requireIncarnation : event.incarnation !== instance.incarnation) return null;
  const early = event.incarnation === null && event.atMs - instance.onlineSinceMs <= BARE_RECORD_GRACE_MS;
  const verifies = policy.verifyOnSignal || early;
  if (verifies && instance.suspicion !== null) return null;
  const [first] = seen.effects;
  const method = first?.kind === 'call' ? first.method : first?.kind;
  return method === (verifies ? 'isAlive' : 'terminate') ? null : `first came ${method ?? 'nothing'}`;
}

function failedFirst(seen: Seen): string | null {
  const { event } = seen;
  const verdict = (isEvent(event, 'aliveAnswered') && event.method === 'isAlive' && !isLate(seen)) || isEvent(event, 'verifyExpired');
  if (!verdict) return null;
  const terminate = callsIn(seen).find(({ method }) => method === 'terminate');
  const expected = isEvent(event, 'verifyExpired') || (isEvent(event, 'aliveAnswered') && saysDead(event));
  if (!terminate) return expected ? 'isAlive said no and nothing was terminated' : null;
  if (!expected) return 'terminate although isAlive did not say no';
  const [first] = seen.effects;
  return firstOf([(first?.kind !== 'publish' || first.event !== 'failed') && 'terminate left before Failed was told']);
}

function saysDead({ outcome }: LifeEvent<'aliveAnswered'>): boolean {
  if (outcome.kind === 'completed') return !outcome.result.alive;
  return outcome.kind === 'malformed' || outcome.error.code !== 'notSupported';
}
