import type { LifeEvent } from '../../daemon/src/core/life-cycle/events.ts';
import type { Instance } from '../../daemon/src/core/life-cycle/instance.ts';
import { type Host, type HostSide, NOW_MS } from './host-model.ts';

interface Record {
  readonly words: string;
  readonly event: LifeEvent<'failureReported'>;
}

/** Failure records that may lie in the pipe at any time. */
export function records(instance: Instance, notifications: boolean): readonly Record[] {
  const record = (incarnation: number | null, source: 'failureRecord' | 'failedNotification'): Record => ({
    words:
      source === 'failedNotification'
        ? `notification failed@${incarnation}`
        : `record ${incarnation === null ? 'without incarnation' : `@${incarnation}`}`,
    event: { kind: 'failureReported', atMs: NOW_MS, incarnation, reason: 'disk gone', source },
  });
  const { incarnation } = instance;
  return [
    record(null, 'failureRecord'),
    record(incarnation + 1, 'failureRecord'),
    ...(incarnation > 0 ? [record(incarnation, 'failureRecord')] : []),
    ...(incarnation > 0 && notifications ? [record(incarnation, 'failedNotification')] : []),
    ...(incarnation > 1 ? [record(incarnation - 1, 'failureRecord')] : []),
  ];
}

interface Status {
  readonly words: string;
  readonly good: boolean;
  readonly event: LifeEvent<'statusReported'>;
  readonly side: HostSide;
}

type Told = LifeEvent<'statusReported'>['state'];
type Operation = LifeEvent<'statusReported'>['operation'];

/** The status reports that a host may send now: true ones of what it is doing, late ones, and words out of place. */
export function statuses(world: HostSide & { readonly instance: Instance }, hangs: boolean): readonly Status[] {
  const { host, instance } = world;
  const late = instance.checkpoint;
  const status = (
    operation: Operation,
    incarnation: number,
    state: Told,
    checkpoint: number,
    side: HostSide = world,
    good = false,
  ): Status => ({
    words: `status of ${operation}@${incarnation}: ${state}${checkpoint > late ? '' : ', no progress'}`,
    good,
    event: {
      kind: 'statusReported',
      requestId: 's',
      atMs: NOW_MS,
      operation,
      incarnation,
      checkpoint,
      state,
      contract: { kind: 'event' },
      text: '',
      code: 'failed',
    },
    side: { host: side.host, running: side.running },
  });
  const to = (state: Host['state'], running = world.running): HostSide => ({
    host: { ...host, state },
    running,
  });
  const hung = (failed: Status): Status[] =>
    hangs ? [{ ...failed, words: `${failed.words}, hung`, event: { ...failed.event, code: 'hung' } }] : [];
  const { incarnation } = host;
  const misplaced = [status(null, incarnation, 'online', late + 1), status('terminate', incarnation, 'offline', late + 1)];
  if (incarnation > 1)
    misplaced.push(status('online', incarnation - 1, 'online', late + 1), status('offline', incarnation - 1, 'offline', late + 1));
  const going = !host.cancelled && incarnation > 0;
  if (going && host.state === 'OnlinePending') {
    return [
      ...misplaced,
      status('online', incarnation, 'onlinePending', late + 1),
      status('online', incarnation, 'onlinePending', late),
      status('online', incarnation, 'online', late + 1, to('Online'), true),
      status('online', incarnation, 'failed', late + 1, to('Failed')),
      ...hung(status('online', incarnation, 'failed', late + 1, to('Failed'))),
      status('online', incarnation, 'offline', late + 1, to('Failed')),
      status('online', incarnation, 'offlinePending', late + 1),
      status('offline', incarnation, 'offline', late + 1),
    ];
  }
  if (going && host.state === 'OfflinePending') {
    return [
      ...misplaced,
      status('offline', incarnation, 'offlinePending', late + 1),
      status('offline', incarnation, 'offlinePending', late),
      status('offline', incarnation, 'offline', late + 1, to('Offline', null), true),
      status('offline', incarnation, 'failed', late + 1),
      status('offline', incarnation, 'online', late + 1),
      status('offline', incarnation, 'onlinePending', late + 1),
      status('online', incarnation, 'online', late + 1),
    ];
  }
  if (incarnation === 0) return misplaced;
  // A lie about what was just asked for would be believed; the host's own life is built on it, so no host gains by it.
  const { phase } = instance;
  if (phase !== 'onlineCalled' && phase !== 'onlinePending') misplaced.push(status('online', incarnation, 'onlinePending', late + 1));
  if (phase !== 'offlineCalled' && phase !== 'offlinePending') misplaced.push(status('offline', incarnation, 'offline', late + 1));
  return misplaced;
}
