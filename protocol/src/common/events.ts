import { z } from 'zod';
import { FailureSource } from './status.ts';
import { ResourceState, WantedState } from './states.ts';

const text = z.string();
const ms = z.number();
const state = { state: ResourceState };

/**
 * Every kind of event, with the fields it has besides `seq`, `at`, `monotonicUs`, `kind`, `resource`, `host` and `incarnation`.
 * Kinds are past-tense words or the state that was reached.
 */
export const EVENT_KINDS = {
  daemonStarted: z.object({ version: text, pid: z.int(), epoch: z.int() }),
  daemonStopping: z.object({ reason: text }),
  stopExpired: z.object({ resources: z.array(text), limitMs: ms }),
  typeRegistered: z.object({ type: text }),
  typeChanged: z.object({ type: text, effect: text }),
  typeUnregistered: z.object({ type: text }),
  resourceAdded: z.object({ type: text }),
  resourceChanged: z.object({ effect: text }),
  resourceRemoved: z.object({}),
  groupAdded: z.object({ group: text }),
  groupRemoved: z.object({ group: text }),
  configurationReloaded: z.object({ created: z.int(), changed: z.int(), removed: z.int(), kept: z.int() }),
  configurationRefused: z.object({ file: text, line: z.int().nullable(), column: z.int().nullable(), detail: text }),
  wantedChanged: z.object({ wanted: WantedState, because: text }),
  initializing: z.object(state),
  onlinePending: z.object({ ...state, text: text.optional() }),
  online: z.object({ ...state, contract: z.enum(['event', 'poll']), adopted: z.boolean().optional() }),
  offlinePending: z.object(state),
  offline: z.object({ ...state, reason: text.optional() }),
  failed: z.object({ ...state, reason: text, source: FailureSource }),
  statusReported: z.object({ checkpoint: z.int(), text: text.optional() }),
  statusRejected: z.object({ why: text }),
  failureReported: z.object({ reason: text, source: FailureSource }),
  failureLatched: z.object({ reason: text }),
  recordDropped: z.object({
    why: z.enum(['unknown', 'foreign', 'stale', 'duplicate', 'notOnline', 'malformed', 'incarnationRequired', 'drained']),
    record: text,
    count: z.int(),
  }),
  recordUnterminated: z.object({ record: text }),
  recordDismissed: z.object({ reason: text }),
  verifyStarted: z.object({ why: text }),
  recordFlood: z.object({ perSecond: z.int() }),
  terminateCalled: z.object({ cause: text, reason: text }),
  terminated: z.object({}),
  callFailed: z.object({ call: text, code: text, message: text }),
  callSlow: z.object({ call: text, elapsedMs: ms }),
  lateReplyIgnored: z.object({ call: text }),
  deadlock: z.object({ type: text, call: text, elapsedMs: ms, limitMs: ms }),
  restartScheduled: z.object({ delayMs: ms, failures: z.int(), threshold: z.int() }),
  retryScheduled: z.object({ delayMs: ms }),
  restartsExhausted: z.object({ failures: z.int(), threshold: z.int() }),
  waitingForProvider: z.object({ providers: z.array(text) }),
  requestRefused: z.object({ request: text, why: text }),
  hostStarting: z.object({ command: text }),
  hostStarted: z.object({ pid: z.int() }),
  hostStartFailed: z.object({ reason: text, nextAttemptInMs: ms.nullable() }),
  hostAdopted: z.object({ pid: z.int(), resources: z.int() }),
  hostDisconnected: z.object({ pid: z.int() }),
  hostReconnected: z.object({ pid: z.int() }),
  hostExited: z.object({ pid: z.int(), how: text, during: text.optional() }),
  hostKilled: z.object({ pid: z.int(), reason: text, scope: text }),
  hostNotGone: z.object({ pid: z.int(), reason: text }),
  hostQuarantined: z.object({ deaths: z.int() }),
  hostUnquarantined: z.object({}),
  hostSeparated: z.object({ from: text }),
  incidentRecorded: z.object({ incident: text, reason: text }),
  helloRefused: z.object({ reason: text }),
  protocolViolation: z.object({ reason: text }),
  eventHandleReplaced: z.object({ path: text, why: text }),
  logged: z.object({ level: z.enum(['debug', 'info', 'warn', 'error']), text }),
  storeTrouble: z.object({ reason: text }),
  storeRecovered: z.object({}),
} as const;
export type EventKind = keyof typeof EVENT_KINDS;
export type EventFields<K extends EventKind> = z.infer<(typeof EVENT_KINDS)[K]>;

/** What all events have. `seq` grows strictly; a gap means that events were given up. `monotonicUs` is CLOCK_MONOTONIC. */
export const EventHead = z.object({
  seq: z.int(),
  at: z.iso.datetime(),
  monotonicUs: z.number(),
  kind: z.object(EVENT_KINDS).keyof(),
  resource: z.string().nullable(),
  host: z.string().nullable(),
  incarnation: z.int().nullable(),
});
export type AndonEvent = z.infer<typeof EventHead> & Record<string, unknown>;
