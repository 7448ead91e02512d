import { type HostedResource, ResourceName } from '@andon/protocol';
import type { LifeEvent, Outcome } from '../../daemon/src/core/life-cycle/events.ts';
import type { ShellCall, World } from './world.ts';

export const NOW_MS = 1_000_000_000;
export const RESOURCE = ResourceName.parse('r');

/** What a host process holds of the one instance. */
export interface Host {
  readonly up: boolean;
  readonly opened: boolean;
  /** Of its last online; 0 = never. */
  readonly incarnation: number;
  readonly state: HostedResource['state'];
  /** A terminate of its incarnation has arrived; what is left of an online is cancelled. */
  readonly cancelled: boolean;
  /** That terminate is done. */
  readonly terminated: boolean;
  /** `open` found something running, which the next online adopts. */
  readonly adopts: boolean;
  readonly contract: 'event' | 'poll';
  /** Calls of a connection that is gone; their answers reach nobody. */
  readonly lost: readonly ShellCall[];
}

export const NO_HOST: Host = {
  up: false,
  opened: false,
  incarnation: 0,
  state: 'Offline',
  cancelled: false,
  terminated: false,
  adopts: false,
  contract: 'event',
  lost: [],
};

export type HostSide = Pick<World, 'host' | 'running'>;

/** What the arrival of a call changes at the host. The thing may run from the first moment of online. */
export function receive(side: HostSide, call: ShellCall): HostSide {
  const host = { ...side.host, lost: side.host.lost.filter((lost) => lost.method !== call.method) };
  if (call.method === 'online' && call.incarnation >= host.incarnation) {
    const again = call.incarnation === host.incarnation && (host.terminated || host.state === 'Online');
    if (again && !host.adopts) return { ...side, host };
    const online = {
      ...host,
      incarnation: call.incarnation,
      state: 'OnlinePending',
      cancelled: false,
      terminated: false,
      adopts: false,
    } as const;
    return { host: online, running: call.incarnation };
  }
  if (call.method === 'terminate' && call.incarnation >= host.incarnation)
    return { ...side, host: { ...host, cancelled: true, adopts: false } };
  if (call.method === 'offline' && call.incarnation >= host.incarnation && !host.cancelled) {
    return { ...side, host: { ...host, state: 'OfflinePending' } };
  }
  return { ...side, host };
}

/** What a host goes on with when its connection breaks. An answer to a poll that nobody hears is nothing. */
export function lastingCalls(world: Pick<World, 'calls'>): readonly ShellCall[] {
  return world.calls.filter(({ sent, method }) => sent && method !== 'looksAlive' && method !== 'isAlive');
}

/** One way in which a host may answer a call. `kind` picks what the daemon is told, `side` what is true afterwards. */
export interface Answer {
  readonly words: string;
  readonly good: boolean;
  readonly event: AnswerEvent;
  readonly side: HostSide;
}
type AnswerName = 'openAnswered' | 'onlineAnswered' | 'offlineAnswered' | 'terminateAnswered' | 'closeAnswered' | 'aliveAnswered';
type AnswerEvent = LifeEvent<AnswerName>;

const completed = <Result>(result: Result): Outcome<Result> => ({ kind: 'completed', result });
const FAILED = { kind: 'refused', error: { code: 'failed', message: 'no', retryable: false } } as const;
const STALE = {
  kind: 'refused',
  error: { code: 'staleIncarnation', message: 'old', retryable: false },
} as const;
const UNSUPPORTED = {
  kind: 'refused',
  error: { code: 'notSupported', message: '', retryable: false },
} as const;
const HUNG = {
  kind: 'refused',
  error: { code: 'hung', message: 'it hung', retryable: false },
} as const;
const NONSENSE = { kind: 'malformed', why: 'nonsense' } as const;

export function answers(side: HostSide, call: ShellCall): readonly Answer[] {
  const head = { callId: call.id, atMs: NOW_MS };
  switch (call.method) {
    case 'open':
      return openAnswers(side, call, head);
    case 'online':
      return onlineAnswers(side, call, head);
    case 'offline':
      return offlineAnswers(side, call, head);
    case 'terminate': {
      const event = (outcome: Outcome<null>) => ({ kind: 'terminateAnswered', ...head, outcome }) as const;
      if (call.incarnation < side.host.incarnation) return [{ words: 'staleIncarnation', good: true, event: event(STALE), side }];
      const done = afterTerminate(side);
      return [
        { words: 'done', good: true, event: event(completed(null)), side: done },
        { words: 'error', good: false, event: event(FAILED), side: done },
        { words: 'nonsense', good: false, event: event(NONSENSE), side: done },
      ];
    }
    case 'close': {
      const done = { ...side, host: { ...side.host, opened: false } };
      const event = (outcome: Outcome<null>) => ({ kind: 'closeAnswered', ...head, outcome }) as const;
      return [
        { words: 'done', good: true, event: event(completed(null)), side: done },
        { words: 'error', good: false, event: event(FAILED), side: done },
        { words: 'nonsense', good: false, event: event(NONSENSE), side: done },
      ];
    }
    case 'looksAlive':
    case 'isAlive': {
      const { method } = call;
      const event = (outcome: Outcome<{ alive: boolean; reason: string }>) =>
        ({ kind: 'aliveAnswered', method, ...head, outcome }) as const;
      return [
        { words: 'true', good: true, event: event(completed({ alive: true, reason: '' })), side },
        { words: 'false', good: false, event: event(completed({ alive: false, reason: 'dead' })), side },
        { words: 'notSupported', good: false, event: event(UNSUPPORTED), side },
        { words: 'error', good: false, event: event(FAILED), side },
        { words: 'nonsense', good: false, event: event(NONSENSE), side },
      ];
    }
  }
}

interface Head {
  readonly callId: number;
  readonly atMs: number;
}

function openAnswers(side: HostSide, call: ShellCall, head: Head): readonly Answer[] {
  const event = (outcome: Outcome<{ found: 'nothing' | 'running' }>) => ({ kind: 'openAnswered', ...head, outcome }) as const;
  const opened: HostSide = { ...side, host: { ...side.host, opened: true } };
  const found = call.recover && side.running !== null;
  const adopting: HostSide = {
    ...opened,
    host: { ...opened.host, adopts: true, state: 'Online', incarnation: side.running ?? 0 },
  };
  const told: readonly Answer[] = found
    ? [{ words: 'found running', good: true, event: event(completed({ found: 'running' })), side: adopting }]
    : [{ words: 'ok', good: true, event: event(completed({ found: 'nothing' })), side: opened }];
  // A host may look although nobody asked it to, and find what somebody else started.
  const stranger: readonly Answer[] =
    side.running === null
      ? [
          {
            words: 'found a stranger running',
            good: false,
            event: event(completed({ found: 'running' })),
            side: opened,
          },
        ]
      : [];
  if (side.host.opened) return told;
  return [
    ...told,
    ...stranger,
    { words: 'error', good: false, event: event(FAILED), side },
    { words: 'nonsense', good: false, event: event(NONSENSE), side },
  ];
}

function onlineAnswers(side: HostSide, call: ShellCall, head: Head): readonly Answer[] {
  const event = (outcome: LifeEvent<'onlineAnswered'>['outcome']) => ({ kind: 'onlineAnswered', ...head, outcome }) as const;
  const { host } = side;
  if (call.incarnation < host.incarnation) return [{ words: 'staleIncarnation', good: true, event: event(STALE), side }];
  const settled = (state: Host['state'], contract = host.contract): HostSide =>
    host.cancelled || host.state !== 'OnlinePending' ? side : { ...side, host: { ...host, state, contract } };
  const poll = { kind: 'poll', looksAliveMs: null, isAliveMs: null } as const;
  return [
    {
      words: 'ok, event handle',
      good: true,
      event: event(completed({ pending: false, contract: { kind: 'event' } })),
      side: settled('Online', 'event'),
    },
    {
      words: 'ok, polls',
      good: true,
      event: event(completed({ pending: false, contract: poll })),
      side: settled('Online', 'poll'),
    },
    { words: 'pending', good: false, event: event(completed({ pending: true })), side },
    { words: 'error', good: false, event: event(FAILED), side: settled('Failed') },
    { words: 'hung', good: false, event: event(HUNG), side: settled('Failed') },
    { words: 'nonsense', good: false, event: event(NONSENSE), side: settled('Failed') },
  ];
}

function offlineAnswers(side: HostSide, call: ShellCall, head: Head): readonly Answer[] {
  const event = (outcome: Outcome<{ pending: boolean }>) => ({ kind: 'offlineAnswered', ...head, outcome }) as const;
  if (call.incarnation < side.host.incarnation) return [{ words: 'staleIncarnation', good: true, event: event(STALE), side }];
  return [
    { words: 'done', good: true, event: event(completed({ pending: false })), side: afterOffline(side) },
    { words: 'pending', good: false, event: event(completed({ pending: true })), side },
    { words: 'error', good: false, event: event(FAILED), side },
    { words: 'nonsense', good: false, event: event(NONSENSE), side },
  ];
}

export function afterTerminate(side: HostSide): HostSide {
  return { host: { ...side.host, state: 'Failed', cancelled: true, terminated: true }, running: null };
}

export function afterOffline(side: HostSide): HostSide {
  if (side.host.cancelled || side.host.state !== 'OfflinePending') return side;
  return { host: { ...side.host, state: 'Offline' }, running: null };
}
