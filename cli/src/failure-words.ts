import type { FailureSource } from '@andon/protocol';

/** Who said so, as the end of "web failed: no answer, …". */
const SAID_BY: Readonly<Record<FailureSource, string>> = {
  failureRecord: 'told by its event handle',
  failedNotification: 'told by its host',
  isAlive: 'found by isAlive',
  onlineError: 'told by its online call',
  statusReport: 'told by its host while pending',
  pendingTimeout: 'found by the daemon: no progress in time',
  malformedResult: 'found by the daemon: its host answered nonsense',
  hostExited: 'found by the daemon: its host process ended',
  hostTrouble: 'found by the daemon: it has no working host',
  deadlock: 'found by the daemon: no answer in time',
  openError: 'told by its open call',
  administrator: 'said by an administrator',
  adoption: 'found when the daemon took over its host',
};

export function saidBy(source: string): string {
  return isSource(source) ? SAID_BY[source] : source;
}

function isSource(text: string): text is FailureSource {
  return Object.hasOwn(SAID_BY, text);
}
