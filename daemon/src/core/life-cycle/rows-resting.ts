import type { Instance } from './instance.ts';
import { hostedAtRest } from './adoption.ts';
import { begin, close, dropRecord, enter, forget, giveUp, isInHangMode, loseHost, refuse, rest, stay } from './moves.ts';
import { statusOutOfPlace } from './progress.ts';
import type { Row } from './row.ts';

/** What restartDelay and failed have in common. */
const failedRow: Row = {
  goOnline: (instance, event, policy) => begin(forget(instance, event.manual), policy),
  goOffline: (instance) => giveUp(instance, 'offline'),
  remove: (instance) => giveUp(instance, 'close'),
  failAsked: (instance) => refuse(instance, 'it has failed already'),
  failureReported: (instance, event) => dropRecord(instance, event.incarnation, 'duplicate'),
  statusReported: (instance, event) => stay(instance, { kind: 'answer', requestId: event.requestId, answer: 'terminate' }),
  hostLost: (instance) => stay(loseHost(instance)),
  hosted: hostedAtRest,
};

/** Failed; the next attempt is near. */
export const restartDelay: Row = {
  ...failedRow,
  restartDue: (instance, event, policy) => {
    if (!event.clear) return rest({ ...instance, next: 'offline' });
    return begin({ ...instance, restarts: instance.restarts + 1 }, policy);
  },
  resumed: (instance, _event, policy) => stay(instance, { kind: 'arm', timer: 'restart', ms: policy.restart.RestartDelay }),
};

/** Failed; a retry begins a new series of restarts. */
export const failed: Row = {
  ...failedRow,
  retryDue: (instance, event, policy) => {
    const fresh: Instance = { ...instance, failures: [] };
    if (!event.clear) return rest({ ...fresh, next: 'offline' });
    return begin({ ...fresh, restarts: fresh.restarts + 1 }, policy);
  },
  resumed: (instance, event, policy) => {
    const retry = policy.restart.RetryPeriodOnFailure;
    if (retry === null || policy.restart.RestartAction === 'DontRestart' || isInHangMode(instance)) return stay(instance);
    return stay({ ...instance, nextAttemptAtMs: event.atMs + retry }, { kind: 'arm', timer: 'retry', ms: retry });
  },
};

/** Open at its host, not online. */
export const offline: Row = {
  goOnline: (instance, event, policy) => begin(forget(instance, event.manual), policy),
  goOffline: (instance) => stay(instance),
  remove: (instance) => close({ ...instance, next: 'close' }),
  failAsked: (instance) => refuse(instance, 'it is not Online'),
  failureReported: (instance, event) => dropRecord(instance, event.incarnation, 'notOnline'),
  statusReported: statusOutOfPlace,
  hostLost: (instance) => stay(enter(loseHost(instance), 'closed')),
  resumed: (instance) => stay(instance),
  hosted: hostedAtRest,
};
