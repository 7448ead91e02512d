import { hostedAtRest } from './adoption.ts';
import type { Failure } from './instance.ts';
import {
  begin,
  callOnline,
  callOpen,
  callTerminate,
  close,
  countFailure,
  dropRecord,
  enter,
  forget,
  giveUp,
  loseHost,
  recoverByPolicy,
  recoverFromLoss,
  refuse,
  rest,
  stay,
} from './moves.ts';
import { statusOutOfPlace } from './progress.ts';
import type { Row } from './row.ts';

const beingRemoved = 'it is being removed';

/** No host holds the instance. */
export const closed: Row = {
  goOnline: (instance, event, policy) => begin(forget(instance, event.manual), policy),
  goOffline: (instance) => (instance.recover ? giveUp(instance, 'offline') : stay(instance)),
  remove: (instance) => (instance.recover ? giveUp(instance, 'close') : close(instance)),
  failAsked: (instance) => refuse(instance, 'it is not Online'),
  failureReported: (instance, event) => dropRecord(instance, event.incarnation, 'notOnline'),
  hostLost: (instance) => stay(instance),
  resumed: (instance) => stay(instance),
  statusReported: statusOutOfPlace,
  hosted: hostedAtRest,
};

/** A host process is wanted and not up yet. */
export const awaitingHost: Row = {
  hostUp: (instance) => callOpen(instance),
  hostTrouble: (instance, event, policy) => {
    const failure: Failure = { reason: event.reason, source: 'hostTrouble', atMs: event.atMs };
    const troubled = { ...instance, lastFailure: failure };
    const isWanted = instance.next === 'online';
    // Nobody can look for leftovers; they are still looked for before the next online.
    if (event.final && !isWanted) return rest(troubled);
    if (event.final || (isWanted && policy.restart.RestartAction === 'DontRestart')) {
      return stay(enter(troubled, 'failed', { trouble: event.reason }));
    }
    return stay({ ...troubled, trouble: event.reason, nextAttemptAtMs: event.nextAttemptAtMs });
  },
  hostLost: (instance) => stay(loseHost(instance)),
  goOnline: (instance, event) => {
    if (instance.next === 'close') return refuse(instance, beingRemoved);
    if (instance.trouble === null && instance.next === 'online') return refuse(instance, 'it is being brought online');
    // An administrator does not wait for the back-off of a host that could not start.
    return stay({ ...forget(instance, event.manual), next: 'online', trouble: null, nextAttemptAtMs: null }, { kind: 'needHost' });
  },
  goOffline: (instance) => {
    if (instance.next === 'close') return stay(instance);
    return instance.recover ? stay({ ...instance, next: 'offline' }) : rest({ ...instance, next: 'offline' });
  },
  remove: (instance) => (instance.recover ? stay({ ...instance, next: 'close' }) : close(instance)),
  failAsked: (instance) => refuse(instance, 'it is not Online'),
  failureReported: (instance, event) => dropRecord(instance, event.incarnation, 'notOnline'),
  resumed: (instance) => stay(instance, { kind: 'needHost' }),
  statusReported: statusOutOfPlace,
  hosted: hostedAtRest,
};

/** `open` is unanswered. What was asked meanwhile is in `next`. */
export const opening: Row = {
  openAnswered: (instance, event, policy) => {
    const { outcome } = event;
    if (outcome.kind !== 'completed') {
      const reason = outcome.kind === 'refused' ? outcome.error.message : outcome.why;
      const failure: Failure = { reason: `open failed: ${reason}`, source: 'openError', atMs: event.atMs };
      // Nobody could look, so what may run is still looked for before the next online.
      if (instance.next !== 'online') return rest(instance);
      return recoverByPolicy(countFailure(instance, failure, policy), event.atMs, policy);
    }
    const opened = { ...instance, opened: true, recover: false };
    if (instance.next === 'online') return callOnline(opened, policy);
    // The host died with this instance half stopped, and what it managed runs on: end it before it is called Offline.
    if (outcome.result.found === 'running')
      return callTerminate(opened, instance.next, 'adoption', 'found running after its host was lost', policy);
    return rest(opened);
  },
  goOnline: (instance, event) => {
    if (instance.next === 'online') return refuse(instance, 'it is being brought online');
    if (instance.next === 'close') return refuse(instance, beingRemoved);
    return stay({ ...forget(instance, event.manual), next: 'online' });
  },
  goOffline: (instance) => (instance.next === 'close' ? stay(instance) : stay({ ...instance, next: 'offline' })),
  remove: (instance) => stay({ ...instance, next: 'close' }),
  failAsked: (instance) => refuse(instance, 'it is not Online'),
  failureReported: (instance, event) => dropRecord(instance, event.incarnation, 'notOnline'),
  hostLost: (instance, event, policy) => {
    if (instance.next === 'online') return recoverFromLoss(instance, event, policy);
    if (!instance.recover) return rest(loseHost(instance));
    return stay(enter(loseHost(instance), 'awaitingHost'), { kind: 'needHost' });
  },
  resumed: (instance) => {
    if (instance.next !== 'online' && !instance.recover) return rest(instance);
    return stay(enter(instance, 'awaitingHost'), { kind: 'needHost' });
  },
  statusReported: statusOutOfPlace,
  hosted: (instance) => callOpen(instance),
};
