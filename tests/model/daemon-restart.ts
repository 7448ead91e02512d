import { type Instance, NEW_INSTANCE } from '../../daemon/src/core/life-cycle/instance.ts';
import { type Next, type Phase, PHASES } from '../../daemon/src/core/life-cycle/phases.ts';
import { lastingCalls, NOW_MS } from './host-model.ts';
import type { Move } from './moves.ts';
import { deliver, type Setting } from './shell.ts';
import type { Seen, World } from './world.ts';

/** What a new daemon reads from the store: nothing that is not stored comes back. */
export function restored(instance: Instance): Instance {
  const { phase, next, recover, opened, incarnation, terminatedIncarnation, failures, contract, lastFailure } = instance;
  return {
    ...NEW_INSTANCE,
    phase,
    next,
    recover,
    opened,
    incarnation,
    terminatedIncarnation,
    failures,
    contract,
    lastFailure,
  };
}

const NEXT: Partial<Record<Phase, Next>> = {
  terminating: 'recover',
  offlineCalled: 'offline',
  offlinePending: 'offline',
  failed: 'recover',
  restartDelay: 'recover',
};

const UNOPENED: ReadonlySet<Phase> = new Set<Phase>(['closed', 'awaitingHost', 'opening']);

/** Where a store may have been left behind; the pending phases differ from those of their calls in nothing that is stored. */
const STORED: ReadonlySet<Phase> = new Set<Phase>(
  PHASES.filter((phase) => !['closing', 'opening', 'onlinePending', 'offlinePending'].includes(phase)),
);

/** What a store holds that refused the last writes: some phase, of the online before. */
function behind(world: World, phase: Phase): Instance {
  const incarnation = world.instance.incarnation - 1;
  const terminatedIncarnation = Math.min(world.instance.terminatedIncarnation, incarnation);
  const next = phase === 'terminating' && world.wanted !== 'Online' ? 'offline' : (NEXT[phase] ?? 'online');
  return {
    ...restored(world.instance),
    phase,
    next,
    incarnation,
    terminatedIncarnation,
    opened: !UNOPENED.has(phase),
    recover: false,
  };
}

export function restarts(world: World, setting: Setting): Move[] {
  const { instance, host } = world;
  if (!setting.variant.daemonRestarts) return [];
  const moves: Move[] = [
    {
      words: 'the daemon dies and comes back',
      good: false,
      run: () => comeBack(world, setting, restored(instance), false),
    },
  ];
  const mayBeBehind =
    setting.variant.staleStore &&
    host.up &&
    host.opened &&
    world.calls.length === 0 &&
    host.lost.length === 0 &&
    instance.incarnation > 0 &&
    host.incarnation === instance.incarnation;
  if (!mayBeBehind) return moves;
  const neverRestarts = setting.variant.policy.restart.RestartAction === 'DontRestart';
  for (const phase of PHASES) {
    if (!STORED.has(phase) || (phase === 'restartDelay' && neverRestarts)) continue;
    const words = `the daemon dies and comes back with what was stored before the last online (${phase})`;
    moves.push({ words, good: false, run: () => comeBack(world, setting, behind(world, phase), true) });
  }
  return moves;
}

function comeBack(world: World, setting: Setting, instance: Instance, isBehind: boolean): Seen {
  const wanted = world.wanted === 'Removed' ? 'Offline' : world.wanted;
  const before: World = {
    ...world,
    instance,
    wanted,
    calls: [],
    timers: [],
    wantsHost: false,
    connected: false,
    helloOwed: true,
    storeWasBehind: isBehind || world.storeWasBehind,
    paused: true,
    owed: null,
    terminateSent: isBehind ? 0 : world.terminateSent,
    terminateAnswered: isBehind ? 0 : world.terminateAnswered,
    // The ids of a new daemon are its own.
    host: {
      ...world.host,
      lost: [...world.host.lost, ...lastingCalls(world)].map((call) => ({ ...call, id: 0 })),
    },
  };
  return deliver(before, { kind: 'resumed', atMs: NOW_MS }, setting);
}

/** It stays online so long that every failure has left the period and a bare record is believed. */
export function timePasses(world: World): Move[] {
  const { instance } = world;
  if (instance.phase !== 'online' || (instance.failures.length === 0 && instance.onlineSinceMs === 0)) return [];
  const later: World = { ...world, instance: { ...instance, failures: [], onlineSinceMs: 0 }, restarts: 0 };
  return [
    {
      words: 'time passes',
      good: false,
      run: () => ({ before: world, event: null, effects: [], sendings: [], after: later }),
    },
  ];
}
