import { type HostedResource, ResourceName, type WireError } from '@andon/protocol';
import type { LifeEvent, Outcome } from '../../daemon/src/core/life-cycle/events.ts';
import type { Instance } from '../../daemon/src/core/life-cycle/instance.ts';

/** The incarnation of everything that is or was online; one less is an earlier one, one more a later one. */
export const CURRENT = 5;
/** Long after its last online. */
export const LONG_AFTER_MS = 1_000_000;
const NOW = { atMs: LONG_AFTER_MS } as const;
/** So soon after an online that a record without an incarnation may be a word of the one before. */
export const SOON_MS = 1_000;
const INCARNATIONS = [CURRENT - 1, CURRENT, CURRENT + 1];
const SAID_NO: WireError = { code: 'failed', message: 'no', retryable: false };
const CANNOT: WireError = { code: 'notSupported', message: 'cannot', retryable: false };

/** Every event that may come to an instance. Answers come to calls that are in flight; a late one changes nothing in any phase. */
export function eventsFor(instance: Instance): readonly LifeEvent[] {
  return [...requests, ...hostEvents, ...hellos, ...reports, ...timers, ...answersTo(instance)];
}

const requests: readonly LifeEvent[] = [
  { kind: 'goOnline', manual: true, ...NOW },
  { kind: 'goOffline', ...NOW },
  { kind: 'remove', ...NOW },
  { kind: 'failAsked', reason: 'asked', ...NOW },
];

const hostEvents: readonly LifeEvent[] = [
  { kind: 'hostUp', ...NOW },
  { kind: 'hostTrouble', reason: 'trouble', final: false, nextAttemptAtMs: 1, ...NOW },
  { kind: 'hostTrouble', reason: 'trouble', final: true, nextAttemptAtMs: null, ...NOW },
  { kind: 'hostLost', blamed: true, reason: 'killed', source: 'hostExited', ...NOW },
  { kind: 'hostLost', blamed: false, reason: 'killed', source: 'hostExited', ...NOW },
  { kind: 'resumed', ...NOW },
];

const hellos: readonly LifeEvent[] = INCARNATIONS.flatMap((incarnation) => {
  const id = ResourceName.parse('web');
  const terminated = { id: `${id}@${incarnation}/terminate`, ok: true };
  const told: readonly Pick<HostedResource, 'state' | 'failed' | 'lastOp'>[] = [
    { state: 'Online', failed: false },
    { state: 'Online', failed: true },
    { state: 'Offline', failed: false },
    { state: 'Failed', failed: false },
    { state: 'Failed', failed: false, lastOp: terminated },
    { state: 'OnlinePending', failed: false },
  ];
  return told.map((one) => ({ kind: 'hosted', report: { id, incarnation, contract: 'event', ...one }, ...NOW }) as const);
});

const reports: readonly LifeEvent[] = [
  ...[null, CURRENT - 1, CURRENT].map(
    (incarnation) => ({ kind: 'failureReported', incarnation, reason: 'broken', source: 'failureRecord', ...NOW }) as const,
  ),
  { kind: 'failureReported', incarnation: null, reason: 'broken', source: 'failureRecord', atMs: SOON_MS },
  ...INCARNATIONS.slice(0, 2).flatMap((incarnation) =>
    (['online', 'offline'] as const).flatMap((operation) =>
      (['onlinePending', 'offlinePending', 'online', 'offline', 'failed'] as const).map(
        (state) =>
          ({
            kind: 'statusReported',
            requestId: 'r',
            operation,
            incarnation,
            checkpoint: 1,
            state,
            contract: { kind: 'event' },
            text: '',
            code: 'failed',
            ...NOW,
          }) as const,
      ),
    ),
  ),
];

const timers: readonly LifeEvent[] = [
  { kind: 'pendingExpired', total: false, ...NOW },
  { kind: 'restartDue', clear: true, ...NOW },
  { kind: 'restartDue', clear: false, ...NOW },
  { kind: 'retryDue', clear: true, ...NOW },
  { kind: 'retryDue', clear: false, ...NOW },
  { kind: 'looksAliveDue', ...NOW },
  { kind: 'isAliveDue', ...NOW },
  { kind: 'verifyExpired', ...NOW },
];

function answersTo({ call }: Instance): readonly LifeEvent[] {
  if (!call) return [];
  const head = { callId: call.id, ...NOW } as const;
  switch (call.method) {
    case 'open':
      return outcomes({ found: 'nothing' } as const, { found: 'running' } as const).map((outcome) => ({
        kind: 'openAnswered',
        outcome,
        ...head,
      }));
    case 'online': {
      const poll = { kind: 'poll', looksAliveMs: null, isAliveMs: null } as const;
      const done = [
        { pending: true } as const,
        { pending: false, contract: { kind: 'event' } } as const,
        { pending: false, contract: poll } as const,
      ];
      return outcomes(...done).map((outcome) => ({ kind: 'onlineAnswered', outcome, ...head }));
    }
    case 'offline':
      return outcomes({ pending: true }, { pending: false }).map((outcome) => ({ kind: 'offlineAnswered', outcome, ...head }));
    case 'terminate':
      return outcomes(null).map((outcome) => ({ kind: 'terminateAnswered', outcome, ...head }));
    case 'close':
      return outcomes(null).map((outcome) => ({ kind: 'closeAnswered', outcome, ...head }));
    case 'looksAlive':
    case 'isAlive': {
      const { method } = call;
      const said = [
        { alive: true, reason: '' },
        { alive: false, reason: 'no' },
      ];
      return outcomes(...said).map((outcome) => ({ kind: 'aliveAnswered', method, outcome, ...head }));
    }
    default:
      return [];
  }
}

function outcomes<Result>(...results: readonly Result[]): Outcome<Result>[] {
  return [
    ...results.map((result) => ({ kind: 'completed', result }) as const),
    { kind: 'refused', error: SAID_NO },
    { kind: 'refused', error: CANNOT },
    { kind: 'malformed', why: 'nonsense' },
  ];
}
