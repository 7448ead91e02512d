import type { ResourceState } from '@andon/protocol';

/** Where an instance is in its life. Finer than the public state, which is a projection of it. */
export const PHASES = [
  /** No host holds it. */
  'closed',
  /** Wants a host process that is not up yet. */
  'awaitingHost',
  /** `open` is unanswered. */
  'opening',
  /** `online` is unanswered. */
  'onlineCalled',
  /** `online` was answered *pending*; status reports follow. */
  'onlinePending',
  'online',
  /** `offline` is unanswered. */
  'offlineCalled',
  'offlinePending',
  /** `terminate` is unanswered. */
  'terminating',
  /** Failed, and the next attempt is near. */
  'restartDelay',
  /** Failed, and nothing happens before an administrator or the retry period asks. */
  'failed',
  /** Open at its host, not online. */
  'offline',
  /** `close` is unanswered. */
  'closing',
] as const;
export type Phase = (typeof PHASES)[number];

/** What follows once the present operation is done. */
export type Next =
  /** Restart policy decides. */
  | 'recover'
  /** Online again at once: an administrator asked during terminate. */
  | 'online'
  | 'offline'
  | 'close';

export const TIMERS = ['pending', 'maxPending', 'restart', 'retry', 'looksAlive', 'isAlive', 'verify'] as const;
export type TimerName = (typeof TIMERS)[number];

/** Phases in which timers may run; leaving one of them disarms all. */
export const PHASES_WITH_TIMERS: ReadonlySet<Phase> = new Set<Phase>([
  'onlinePending',
  'offlinePending',
  'online',
  'restartDelay',
  'failed',
]);

/** The state that everyone outside sees. `unconfirmed` = the daemon has restarted and its host has not spoken yet. */
export function publicState(instance: {
  readonly phase: Phase;
  readonly next: Next;
  readonly trouble: string | null;
  readonly unconfirmed: boolean;
}): ResourceState {
  if (instance.unconfirmed) return 'Unknown';
  const stopping = instance.next === 'offline' || instance.next === 'close';
  switch (instance.phase) {
    case 'closed':
    case 'offline':
    case 'closing':
      return 'Offline';
    case 'awaitingHost':
      if (instance.trouble !== null) return 'Failed';
      return stopping ? 'OfflinePending' : 'Initializing';
    case 'opening':
    case 'onlineCalled':
      return stopping ? 'OfflinePending' : 'Initializing';
    case 'onlinePending':
      return 'OnlinePending';
    case 'online':
      return 'Online';
    case 'offlineCalled':
    case 'offlinePending':
      return 'OfflinePending';
    case 'terminating':
      if (stopping) return 'OfflinePending';
      return instance.next === 'online' ? 'Initializing' : 'Failed';
    case 'restartDelay':
      // Asked online while it was being terminated: nothing has failed, or it is forgiven.
      return instance.next === 'online' ? 'Initializing' : 'Failed';
    case 'failed':
      return 'Failed';
  }
}
