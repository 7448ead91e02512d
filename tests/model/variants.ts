import type { Concurrency } from '@andon/protocol';
import type { Policy } from '../../daemon/src/core/life-cycle/instance.ts';

/** One policy to search under, and which disasters the search may let happen. */
export interface Variant {
  readonly name: string;
  readonly policy: Policy;
  readonly concurrency: Concurrency;
  readonly disconnects: boolean;
  readonly daemonRestarts: boolean;
  readonly staleStore: boolean;
  /** The host may answer that the resource is in hang mode. */
  readonly hangs: boolean;
}

const BASE: Policy = {
  pendingTimeoutMs: 180_000,
  maxPendingMs: null,
  deadlockTimeoutMs: 300_000,
  terminateTimeoutMs: 30_000,
  verifyOnSignal: false,
  requireIncarnation: false,
  restart: {
    RestartAction: 'RestartNotify',
    RestartDelay: 500,
    RestartPeriod: 900_000,
    RestartThreshold: 1,
    RetryPeriodOnFailure: 3_600_000,
  },
  polls: { resourceLooksAliveMs: null, resourceIsAliveMs: null, typeLooksAliveMs: null, typeIsAliveMs: null },
};

const make = (name: string, change: Partial<Policy>, restart: Partial<Policy['restart']>, rest: Partial<Variant>): Variant => ({
  name,
  policy: { ...BASE, ...change, restart: { ...BASE.restart, ...restart } },
  concurrency: 'serial',
  disconnects: false,
  daemonRestarts: false,
  staleStore: false,
  hangs: false,
  ...rest,
});

const withIsAlive = { ...BASE.polls, resourceIsAliveMs: 1_000 };

export const VARIANTS: readonly Variant[] = [
  make('plain', {}, {}, { hangs: true }),
  make('plain, connections break', {}, {}, { disconnects: true }),
  make('plain, the daemon dies', {}, { RestartThreshold: 0 }, { daemonRestarts: true, hangs: true }),
  make(
    'never restarted, the daemon dies and its store was behind',
    {},
    { RestartAction: 'DontRestart' },
    { daemonRestarts: true, staleStore: true },
  ),
  make(
    'verify on signal',
    { verifyOnSignal: true, maxPendingMs: 600_000 },
    { RestartThreshold: 0, RetryPeriodOnFailure: null },
    { disconnects: true },
  ),
  make(
    'incarnation required',
    { requireIncarnation: true, polls: withIsAlive },
    { RestartAction: 'DontRestart' },
    { concurrency: 'perResource', disconnects: true },
  ),
  make(
    'verify, the daemon dies',
    { verifyOnSignal: true, polls: withIsAlive, maxPendingMs: 600_000 },
    { RestartThreshold: 0, RetryPeriodOnFailure: null },
    { concurrency: 'perResource', daemonRestarts: true, disconnects: true },
  ),
];
