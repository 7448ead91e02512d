import { OPEN_CLOSE_LIMIT_MS } from '@andon/protocol';
import type { Policy } from '../../daemon/src/core/life-cycle/instance.ts';
import { calls, callsIn, firstOf, has, type Invariant, isEvent } from './invariant.ts';
import type { Seen, Sending } from './world.ts';

const EXCLUSIVE: ReadonlySet<string> = new Set(['startup', 'open', 'close']);

const everySending = (judge: (sending: Sending) => string | null | false) => (seen: Seen) => firstOf(seen.sendings.map(judge));

/** What may be sent to a host, when, and how often. */
export const CALL_INVARIANTS: readonly Invariant[] = [
  {
    name: 'one call in flight, besides terminate and what it overtook',
    stands: 'S35',
    broken: everySending(({ call, inFlight }) => {
      const other = inFlight.find((known) => known.method !== 'terminate');
      return call.method !== 'terminate' && other !== undefined && `${call.method} was sent while ${other.method} was unanswered`;
    }),
  },
  {
    name: 'terminate never overlaps startup, open and close',
    stands: 'S36',
    broken: everySending(({ call, inFlight }) => {
      const overlap = inFlight.find(({ method }) =>
        call.method === 'terminate' ? EXCLUSIVE.has(method) : EXCLUSIVE.has(call.method) && method === 'terminate',
      );
      return overlap !== undefined && `${call.method} was sent while ${overlap.method} was unanswered`;
    }),
  },
  {
    name: 'nothing goes online while a terminate is unanswered',
    stands: 'D2',
    broken: everySending(
      ({ call, inFlight }) =>
        call.method === 'online' && inFlight.some(({ method }) => method === 'terminate') && 'online overlaps terminate',
    ),
  },
  {
    name: 'terminate is not sent twice at once, nor again after its answer',
    stands: 'S7, S56',
    broken: terminateTwice,
  },
  {
    name: 'terminate speaks of an incarnation that was, never of one to come',
    stands: 'S34',
    broken: (seen) =>
      firstOf(
        callsIn(seen).map(
          ({ method, incarnation }) =>
            method === 'terminate' &&
            incarnation > Math.max(seen.after.instance.incarnation, seen.before.instance.incarnation) &&
            `terminate@${incarnation} is ahead of the instance`,
        ),
      ),
  },
  {
    name: 'two things never run: online waits for the end of the one before, or adopts it',
    stands: 'D2, D31',
    broken: everySending(({ call, host, running }) => {
      if (call.method !== 'online' || running === null || running >= call.incarnation) return null;
      return !host.adopts && `online@${call.incarnation} while @${running} still runs`;
    }),
  },
  {
    name: 'open asks to look when something may run unheld',
    stands: 'D31, S41',
    broken: everySending(
      ({ call, running, host }) =>
        call.method === 'open' && running !== null && !host.opened && !call.recover && 'open does not look for what runs',
    ),
  },
  {
    name: 'nothing but open is called on an instance that its host does not hold',
    stands: 'S1, S4',
    broken: everySending(({ call, host }) => call.method !== 'open' && !host.opened && `${call.method} before open`),
  },
  {
    name: 'open is not called twice',
    stands: 'S1',
    broken: (seen) => {
      const again = seen.sendings.some(({ call, host }) => call.method === 'open' && host.opened);
      // After a hello an open is asked for again whose answer was lost.
      return again && !isEvent(seen.event, 'hosted') ? 'open while open' : null;
    },
  },
  {
    name: 'with an event contract looksAlive is never called, and isAlive only at an interval somebody set or to verify',
    stands: 'S26, S27',
    broken: (seen, policy) => {
      if (seen.after.instance.contract?.kind !== 'event') return null;
      const asked = policy.polls.resourceIsAliveMs !== null || policy.polls.typeIsAliveMs !== null;
      if (calls(seen, 'looksAlive')) return 'looksAlive under an event contract';
      return calls(seen, 'isAlive') && !asked && seen.after.instance.suspicion === null ? 'isAlive polled under an event contract' : null;
    },
  },
  {
    name: 'polls are made only while Online',
    stands: 'S25',
    broken: (seen) =>
      (calls(seen, 'looksAlive') || calls(seen, 'isAlive')) && seen.after.instance.phase !== 'online'
        ? `a poll in ${seen.after.instance.phase}`
        : null,
  },
  {
    name: 'looksAlive false causes isAlive at once',
    stands: 'S23',
    broken: (seen) => {
      if (!isEvent(seen.event, 'aliveAnswered') || seen.event.method !== 'looksAlive' || !answersCurrent(seen)) return null;
      const { outcome } = seen.event;
      const bad =
        outcome.kind === 'completed' ? !outcome.result.alive : outcome.kind === 'malformed' || outcome.error.code !== 'notSupported';
      return bad === calls(seen, 'isAlive') ? null : 'isAlive does not follow what looksAlive said';
    },
  },
  {
    name: 'every call has its limit',
    stands: 'S39, S17',
    broken: (seen, policy) =>
      firstOf(callsIn(seen).map(({ method, limitMs }) => limitMs !== limitOf(method, policy) && `${method} has the limit ${limitMs}`)),
  },
  {
    name: 'every call has an id of its own, and the newest is the one in flight',
    stands: 'S37',
    broken: (seen) => {
      const made = callsIn(seen);
      const known = new Set([...seen.before.calls, ...seen.before.host.lost].map(({ id }) => id));
      const current = seen.after.instance.call;
      return firstOf([
        made.length > 1 && 'two calls in one step',
        ...made.map(({ callId, method }) => known.has(callId) && `${method} has the id of another call`),
        ...made.map(({ callId, method }) => (current?.id !== callId || current.method !== method) && `${method} is not the call in flight`),
      ]);
    },
  },
  {
    name: 'an online has a new number, which is durable first',
    stands: 'D36, S34',
    broken: (seen) => {
      const online = callsIn(seen).find(({ method }) => method === 'online');
      const begun = seen.effects.find((effect) => effect.kind === 'beginIncarnation');
      const { incarnation } = seen.before.instance;
      if (!online) return begun ? 'an incarnation without online' : null;
      // After a hello the same online is asked for again.
      if (isEvent(seen.event, 'hosted') && online.incarnation === incarnation) return null;
      if (begun?.incarnation !== online.incarnation) return 'online goes out before its number is durable';
      if (seen.effects.indexOf(begun) > seen.effects.indexOf(online)) return 'online goes out before its number is durable';
      return online.incarnation === incarnation + 1 ? null : `online@${online.incarnation} follows @${incarnation}`;
    },
  },
  {
    name: 'incarnations never go back',
    stands: 'D36',
    broken: (seen) => (seen.after.instance.incarnation < seen.before.instance.incarnation ? 'the incarnation went back' : null),
  },
  {
    name: 'what was not asked for is not brought online',
    stands: 'D34',
    broken: (seen) => (calls(seen, 'online') && seen.after.wanted !== 'Online' ? `online although wanted ${seen.after.wanted}` : null),
  },
  {
    name: 'nothing of it is left when it is called removed or Offline',
    stands: 'S41, D31',
    broken: (seen) => {
      const { phase, unconfirmed } = seen.after.instance;
      if (seen.after.running === null || unconfirmed || seen.after.helloOwed) return null;
      // Where no host can look any more, a removal still has to end.
      const unknowable = isEvent(seen.event, 'openAnswered') || isEvent(seen.event, 'hostLost') || isEvent(seen.event, 'hostTrouble');
      if (has(seen, 'removed') && !unknowable) return 'removed while it runs';
      const offline = phase === 'offline' || (phase === 'closed' && !seen.after.instance.recover);
      return offline && !seen.after.gone ? `${phase} while it runs` : null;
    },
  },
];

function answersCurrent(seen: Seen): boolean {
  return seen.event !== null && 'callId' in seen.event && seen.event.callId === seen.before.instance.call?.id;
}

function limitOf(method: string, policy: Policy): number {
  if (method === 'terminate') return policy.terminateTimeoutMs;
  return EXCLUSIVE.has(method) ? OPEN_CLOSE_LIMIT_MS : policy.deadlockTimeoutMs;
}

function terminateTwice(seen: Seen): string | null {
  const terminate = callsIn(seen).find(({ method }) => method === 'terminate');
  if (!terminate) return null;
  const inFlight = seen.before.calls.some(({ method, incarnation }) => method === 'terminate' && incarnation === terminate.incarnation);
  if (inFlight) return `terminate@${terminate.incarnation} while the same is unanswered`;
  return terminate.incarnation <= seen.after.terminateAnswered ? `terminate@${terminate.incarnation} again after its answer` : null;
}
