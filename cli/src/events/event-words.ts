import type { AndonEvent, EventFields, EventKind } from '@andon/protocol';
import type { Style } from '../terminal/output.ts';
import { fieldsOf } from '../connection/wire.ts';
import { span } from '../terminal/words.ts';

type Words = { readonly [K in EventKind]: (fields: EventFields<K>) => string };

/** Every kind of event as a person would say it. */
export const EVENT_WORDS: Words = {
  daemonStarted: ({ version, pid }) => `daemon ${version} started, pid ${pid}`,
  daemonStopping: ({ reason }) => `daemon is stopping: ${reason}`,
  stopExpired: ({ resources, limitMs }) => `daemon ended; not offline within ${span(limitMs)}: ${resources.join(', ')}`,
  typeRegistered: ({ type }) => `type ${type} registered`,
  typeChanged: ({ type, effect }) => `type ${type} changed${after(effect)}`,
  typeUnregistered: ({ type }) => `type ${type} unregistered`,
  resourceAdded: ({ type }) => `added, of type ${type}`,
  resourceChanged: ({ effect }) => `configuration changed${after(effect)}`,
  resourceRemoved: () => 'removed',
  groupAdded: ({ group }) => `group ${group} added`,
  groupRemoved: ({ group }) => `group ${group} removed`,
  configurationReloaded: ({ created, changed, removed, kept }) =>
    `configuration reloaded: ${created} created, ${changed} changed, ${removed} removed, ${kept} kept`,
  configurationRefused: ({ file, line, column, detail }) =>
    `configuration refused: ${line === null ? file : `${file}:${line}:${column ?? 1}`}: ${detail}`,
  wantedChanged: ({ wanted, because }) => `wanted ${wanted}: ${because}`,
  initializing: () => 'Initializing',
  onlinePending: ({ text }) => `OnlinePending${after(text)}`,
  online: ({ contract, adopted }) => `Online (${contract === 'event' ? 'event handle' : 'polled'}${adopted ? ', adopted' : ''})`,
  offlinePending: () => 'OfflinePending',
  offline: ({ reason }) => `Offline${after(reason)}`,
  failed: ({ reason, source }) => `Failed: ${reason} (${source})`,
  statusReported: ({ checkpoint, text }) => `status report, checkpoint ${checkpoint}${after(text)}`,
  statusRejected: ({ why }) => `status report rejected: ${why}`,
  failureReported: ({ reason, source }) => `failure reported${after(reason)} (${source})`,
  failureLatched: ({ reason }) => `failure noted until online returns${after(reason)}`,
  recordDropped: ({ why, record, count }) => `failure record dropped (${why}${count > 1 ? `, ${count} of them` : ''}): ${record}`,
  recordUnterminated: ({ record }) => `failure record without its newline, not acted upon: ${record}`,
  recordDismissed: ({ reason }) => `failure record refuted by isAlive${after(reason)}`,
  verifyStarted: ({ why }) => `verifying by isAlive: ${why}`,
  recordFlood: ({ perSecond }) => `flood of failure records: ${perSecond} a second discarded`,
  terminateCalled: ({ cause, reason }) => `terminate called (${cause})${after(reason)}`,
  terminated: () => 'terminated',
  callFailed: ({ call, code, message }) => `${call} failed: ${code}${after(message)}`,
  callSlow: ({ call, elapsedMs }) => `${call} took ${span(elapsedMs)}`,
  lateReplyIgnored: ({ call }) => `late answer to ${call} ignored`,
  // A ping is of no type.
  deadlock: ({ type, call, elapsedMs, limitMs }) =>
    `deadlock: ${call}${type === '' ? '' : ` (type ${type})`} after ${span(elapsedMs)}, limit ${span(limitMs)}`,
  // The end of its host is not counted against a resource that had no part in it.
  restartScheduled: ({ delayMs, failures, threshold }) =>
    `restart in ${span(delayMs)} (${failures === 0 ? 'no failure of its own' : `failure ${failures} of ${threshold} allowed`})`,
  retryScheduled: ({ delayMs }) => `retry in ${span(delayMs)}`,
  restartsExhausted: ({ failures, threshold }) => `no more restarts: ${failures} failures, ${threshold} allowed`,
  waitingForProvider: ({ providers }) => `waiting for ${providers.join(', ')}`,
  requestRefused: ({ request, why }) => `${request} refused: ${why}`,
  hostStarting: ({ command }) => `starting: ${command}`,
  hostStarted: ({ pid }) => `started, pid ${pid}`,
  hostStartFailed: ({ reason, nextAttemptInMs }) =>
    `start failed: ${reason}${nextAttemptInMs === null ? '' : `; again in ${span(nextAttemptInMs)}`}`,
  hostAdopted: ({ pid, resources }) => `adopted, pid ${pid}, with ${resources} resource${resources === 1 ? '' : 's'}`,
  hostDisconnected: ({ pid }) => `connection lost, pid ${pid}`,
  hostReconnected: ({ pid }) => `connected again, pid ${pid}`,
  hostExited: ({ pid, how, during }) => `pid ${pid} ended: ${how}${during === undefined ? '' : `, during ${during}`}`,
  hostKilled: ({ pid, reason, scope }) => `pid ${pid} killed (${scope}): ${reason}`,
  hostNotGone: ({ pid, reason }) => `pid ${pid} was killed and is not gone: ${reason}`,
  hostQuarantined: ({ deaths }) => `quarantined after ${deaths} deaths`,
  hostUnquarantined: () => 'no longer quarantined',
  hostSeparated: ({ from }) => `moved to a host of its own, from ${from}`,
  incidentRecorded: ({ incident }) => `evidence kept, see: andon incidents show ${incident}`,
  helloRefused: ({ reason }) => `hello refused: ${reason}`,
  protocolViolation: ({ reason }) => `protocol violation: ${reason}`,
  eventHandleReplaced: ({ path, why }) => `event handle ${path} replaced: ${why}`,
  logged: ({ level, text }) => `${level}: ${text}`,
  storeTrouble: ({ reason }) => `the store cannot be written: ${reason}`,
  storeRecovered: () => 'the store can be written again',
};

/** An event of a newer daemon, whose kind this andon does not know, is shown by its fields. */
export function eventWords(event: AndonEvent): string {
  return Object.hasOwn(EVENT_WORDS, event.kind) ? inWords(event.kind)(event) : fieldWords(event);
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- it ties the words of a kind to the fields of that kind
function inWords<K extends EventKind>(kind: K): (event: AndonEvent) => string {
  const say: Words[K] = EVENT_WORDS[kind];
  return (event) => say(fieldsOf(kind, event));
}

const HEAD = new Set(['seq', 'at', 'monotonicUs', 'kind', 'resource', 'host', 'incarnation']);

function fieldWords(event: AndonEvent): string {
  const fields = Object.entries(event).filter(([name]) => !HEAD.has(name));
  return [event.kind, ...fields.map(([name, value]) => `${name}=${JSON.stringify(value)}`)].join(' ');
}

function after(text: string | undefined): string {
  return text === undefined || text === '' ? '' : `: ${text}`;
}

const STYLES: Readonly<Record<string, Style>> = {
  online: 'green',
  failed: 'red',
  failureReported: 'red',
  terminateCalled: 'yellow',
  deadlock: 'red',
  hostExited: 'yellow',
  hostQuarantined: 'red',
  hostNotGone: 'red',
  restartsExhausted: 'red',
  storeTrouble: 'red',
};

export function styleOfEvent({ kind }: AndonEvent): Style {
  return STYLES[kind] ?? 'none';
}

/** Whom it is about. */
export function subjectOf({ resource, host, incarnation }: AndonEvent): string {
  if (resource === null) return host === null ? 'andond' : `host ${host}`;
  return incarnation === null || incarnation === 0 ? resource : `${resource}@${incarnation}`;
}
