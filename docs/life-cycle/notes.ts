import type { EventName } from '../../daemon/src/core/life-cycle/events.ts';
import type { Phase } from '../../daemon/src/core/life-cycle/phases.ts';

/** A new phase without its sentence does not compile. */
export const PHASE_NOTES: Readonly<Record<Phase, string>> = {
  closed: 'no host holds it',
  awaitingHost: 'wants a host that is not up yet',
  opening: '`open` is unanswered',
  onlineCalled: '`online` is unanswered',
  onlinePending: '`online` was answered *pending*; status reports follow',
  online: 'online under its present incarnation',
  offlineCalled: '`offline` is unanswered',
  offlinePending: '`offline` was answered *pending*',
  terminating: '`terminate` is unanswered; nothing else is sent before its answer',
  restartDelay: 'the next attempt is near',
  failed: 'nothing happens before an administrator or RetryPeriodOnFailure',
  offline: 'open at its host, not online',
  closing: '`close` is unanswered',
};

export const EVENT_MEANINGS: Readonly<Record<EventName, string>> = {
  goOnline: 'an administrator, a dependency or a restored wanted state asks for online',
  goOffline: 'an administrator or a dependency asks for offline',
  remove: 'an administrator removes the resource',
  failAsked: '`andon fail`',
  hostUp: 'the host has said hello',
  hostTrouble: 'the host cannot be started, or is quarantined',
  hostLost: 'the host process is gone, or knows the instance no more',
  hosted: 'a host says in its hello what it holds: after a broken connection, or to a new daemon',
  resumed: 'a new daemon has read the instance from its store',
  openAnswered: 'the answer to `open`',
  onlineAnswered: 'the answer to `online`',
  offlineAnswered: 'the answer to `offline`',
  terminateAnswered: 'the answer to `terminate`, whatever it says: *cleaned up*',
  closeAnswered: 'the answer to `close`',
  aliveAnswered: 'the answer to `looksAlive` or `isAlive`',
  statusReported: 'the host reports on a pended operation',
  failureReported: 'a failure record, or the host’s word over its connection',
  pendingExpired: 'PendingTimeout or maxPendingMs is over',
  restartDue: 'RestartDelay is over',
  retryDue: 'RetryPeriodOnFailure is over',
  looksAliveDue: 'LooksAlivePollInterval is over',
  isAliveDue: 'IsAlivePollInterval is over',
  verifyExpired: 'the `isAlive` that was to verify a suspicion had no answer in time',
};
