import { type Instance, NEW_INSTANCE } from '../../daemon/src/core/life-cycle/instance.ts';
import { type Phase, PHASES } from '../../daemon/src/core/life-cycle/phases.ts';
import { NOW_MS } from './host-model.ts';
import type { Move } from './moves.ts';
import { deliver, type Setting } from './shell.ts';
import type { Seen, World } from './world.ts';

/** What a new daemon reads from the store: nothing that is not stored comes back. */
export function restored(instance: Instance, wanted: World['wanted'], phase: Phase, incarnation: number): Instance {
  const { failures, contract, lastFailure } = instance;
  const failing = phase === 'terminating' ? 'recover' : 'online';
  return {
    ...NEW_INSTANCE,
    incarnation,
    phase,
    failures,
    contract: contract?.kind === 'poll' ? { kind: 'poll', looksAliveMs: null, isAliveMs: null } : contract,
    lastFailure,
    next: wanted === 'Online' ? failing : 'offline',
  };
}

export function restarts(world: World, setting: Setting): Move[] {
  const { instance, host } = world;
  if (!setting.variant.daemonRestarts) return [];
  const moves: Move[] = [
    { words: 'the daemon dies and comes back', good: false, run: () => comeBack(world, setting, instance.phase, instance.incarnation, false) },
  ];
  const mayBeBehind = setting.variant.staleStore && host.up && host.opened && instance.incarnation > 0 && host.incarnation === instance.incarnation;
  if (!mayBeBehind) return moves;
  for (const phase of PHASES) {
    if (phase === 'closing') continue;
    const words = `the daemon dies and comes back with what was stored before the last online (${phase})`;
    moves.push({ words, good: false, run: () => comeBack(world, setting, phase, instance.incarnation - 1, true) });
  }
  return moves;
}

function comeBack(world: World, setting: Setting, phase: Phase, incarnation: number, behind: boolean): Seen {
  const wanted = world.wanted === 'Removed' ? 'Offline' : world.wanted;
  const before: World = {
    ...world,
    instance: restored(world.instance, wanted, phase, incarnation),
    wanted,
    calls: [],
    timers: [],
    wantsHost: false,
    connected: false,
    helloOwed: true,
    storeWasBehind: behind || world.storeWasBehind,
    reconcile: true,
    owed: null,
    terminateSent: 0,
    terminateAnswered: 0,
    host: { ...world.host, lost: [...world.host.lost, ...world.calls.filter((call) => call.sent)] },
  };
  return deliver(before, { kind: 'resumed', atMs: NOW_MS }, setting);
}

/** Enough time passes for every failure to leave the period and for a bare record to be believed. */
export function timePasses(world: World): Move[] {
  const { instance } = world;
  const online = instance.phase === 'online' && instance.onlineSinceMs === NOW_MS;
  if (instance.failures.length === 0 && !online) return [];
  const later: World = { ...world, instance: { ...instance, failures: [], onlineSinceMs: 0 }, restarts: 0 };
  return [{ words: 'time passes', good: false, run: () => ({ before: world, event: null, effects: [], sendings: [], after: later }) }];
}
