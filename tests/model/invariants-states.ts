import { type Phase, publicState, type TimerName } from '../../daemon/src/core/life-cycle/phases.ts';
import { armed, arms, firstOf, type Invariant, isEvent, publishedIn, tells } from './invariant.ts';

/** In which phases a timer has something to say. */
const HOME: Record<TimerName, readonly Phase[]> = {
  pending: ['onlinePending', 'offlinePending'],
  maxPending: ['onlinePending', 'offlinePending'],
  restart: ['restartDelay'],
  retry: ['failed'],
  looksAlive: ['online'],
  isAlive: ['online'],
  verify: ['online'],
};

/** Phases in which one call, and which, must be unanswered. */
const CALL_OF: Partial<Record<Phase, string>> = {
  opening: 'open',
  onlineCalled: 'online',
  offlineCalled: 'offline',
  terminating: 'terminate',
  closing: 'close',
};

const STATE_EVENTS: ReadonlySet<string> = new Set(['initializing', 'onlinePending', 'online', 'offlinePending', 'offline', 'failed']);

/** What is true of an instance whenever it is looked at. */
export const STATE_INVARIANTS: readonly Invariant[] = [
  {
    name: 'timers run only where they mean something, and end with their phase',
    stands: 'style 3',
    broken: ({ after }) =>
      firstOf(
        after.timers.map(
          ({ name, epoch }) =>
            (epoch !== after.instance.epoch && `timer ${name} outlives its phase`) ||
            (!HOME[name].includes(after.instance.phase) && `timer ${name} in ${after.instance.phase}`),
        ),
      ),
  },
  {
    name: 'the call in flight is the one of the phase',
    stands: 'style 3',
    broken: ({ after: { instance } }) => {
      const { call, phase } = instance;
      if (phase === 'online')
        return call === null || call.method === 'looksAlive' || call.method === 'isAlive' ? null : `${call.method} unanswered while online`;
      // After a restart of the daemon nothing is in flight before the hello.
      if (call === null && instance.unconfirmed) return null;
      return call?.method === CALL_OF[phase] ? null : `${call?.method ?? 'nothing'} unanswered in ${phase}`;
    },
  },
  {
    name: 'a pended operation is limited in silence, and in all where that is set',
    stands: 'S16, S17',
    broken: (seen, policy) => {
      const { phase, unconfirmed } = seen.after.instance;
      if ((phase !== 'onlinePending' && phase !== 'offlinePending') || unconfirmed) return null;
      if (!armed(seen, 'pending')) return 'no limit for silence';
      return policy.maxPendingMs === null || armed(seen, 'maxPending') ? null : 'no limit in all';
    },
  },
  {
    name: 'only a larger checkpoint gives a pended operation more time',
    stands: 'S15, S16',
    broken: (seen) => {
      if (!isEvent(seen.event, 'statusReported')) return null;
      const { before, event, after } = seen;
      const { phase } = before.instance;
      if (arms(seen, 'maxPending')) return 'a report gave more time in all';
      if ((phase !== 'onlinePending' && phase !== 'offlinePending') || after.instance.phase !== phase) return null;
      const accepted = tells(seen, 'statusReported');
      const advancing = accepted && event.checkpoint > before.instance.checkpoint;
      if (advancing !== arms(seen, 'pending')) return advancing ? 'progress gave no more time' : 'more time without progress';
      return accepted && after.instance.checkpoint !== Math.max(event.checkpoint, before.instance.checkpoint)
        ? 'the checkpoint is not kept'
        : null;
    },
  },
  {
    name: 'polls go on at their intervals while Online',
    stands: 'S20, S27',
    broken: (seen, policy) => {
      const { phase, contract, call, suspicion, unconfirmed } = seen.after.instance;
      if (phase !== 'online' || call !== null || unconfirmed || seen.after.helloOwed) return null;
      if (suspicion !== null) return 'nothing decides the suspicion';
      const isAlive = contract?.kind === 'poll' || policy.polls.resourceIsAliveMs !== null;
      if (contract?.kind === 'poll' && !armed(seen, 'looksAlive')) return 'looksAlive is due no more';
      return isAlive && !armed(seen, 'isAlive') ? 'isAlive is due no more' : null;
    },
  },
  {
    name: 'while an answer decides, no other poll is due',
    stands: 'S29, semantics 3',
    broken: (seen) => {
      const { phase, call, suspicion, unconfirmed } = seen.after.instance;
      if (phase !== 'online' || unconfirmed) return null;
      if (suspicion !== null && (armed(seen, 'looksAlive') || armed(seen, 'isAlive'))) return 'polls are due while a suspicion is open';
      if ((suspicion !== null) !== armed(seen, 'verify')) return suspicion ? 'a suspicion without limit' : 'a limit without suspicion';
      return call?.method === 'isAlive' && armed(seen, 'isAlive') ? 'isAlive is due while it is unanswered' : null;
    },
  },
  {
    name: 'a failed instance is tried again exactly when it says so',
    stands: 'S47, S48, S49',
    broken: (seen) => {
      const { phase, nextAttemptAtMs } = seen.after.instance;
      if (phase === 'restartDelay' && !armed(seen, 'restart')) return 'no restart is due';
      if (phase === 'failed' && armed(seen, 'retry') !== (nextAttemptAtMs !== null)) return 'a retry that is not due, or not told';
      return null;
    },
  },
  {
    name: 'a change of public state is told once, and as it is',
    stands: 'S55',
    broken: (seen) => {
      const was = publicState(seen.before.instance);
      const is = publicState(seen.after.instance);
      const told = publishedIn(seen).filter(({ event }) => STATE_EVENTS.has(event));
      if (was === is || is === 'Unknown') return told.length === 0 ? null : `${told[0]?.event} told without a change`;
      if (told.length !== 1) return `${was} to ${is} told ${told.length} times`;
      const fields: Readonly<Record<string, unknown>> = told[0]!.fields;
      if (fields['state'] !== is) return `${is} told as ${String(fields['state'])}`;
      return is === 'Failed' && fields['reason'] === 'unknown' ? 'Failed for no known reason' : null;
    },
  },
  {
    name: 'a record that was taken leads to terminate or to a true isAlive',
    stands: 'S33, S56, D8',
    broken: ({ after }) => {
      const { phase, suspicion, latched } = after.instance;
      if (after.owed === null || after.owed !== after.instance.incarnation) return null;
      const kept = suspicion !== null || (phase !== 'online' && latched !== null);
      return kept ? null : 'a record was taken and forgotten';
    },
  },
  {
    name: 'restarts within the period stay within the threshold',
    stands: 'S46, S47, S48',
    broken: ({ after }, { restart }) => {
      const limit = restart.RestartAction === 'DontRestart' ? 0 : restart.RestartThreshold;
      return after.restarts > limit ? `${after.restarts} restarts, threshold ${limit}` : null;
    },
  },
  {
    name: 'an instance is open for the daemon only where its host has it open',
    stands: 'S1, S41',
    broken: ({ after }) => {
      if (after.helloOwed || after.gone || !after.instance.opened) return null;
      return after.host.up && after.host.opened ? null : 'open for the daemon alone';
    },
  },
];
