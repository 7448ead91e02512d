import { decide, type World as Dependencies } from '../../daemon/src/core/dependencies/coordination.ts';
import type { LifeEvent } from '../../daemon/src/core/life-cycle/events.ts';
import { NEW_INSTANCE } from '../../daemon/src/core/life-cycle/instance.ts';
import { NOW_MS, RESOURCE } from './host-model.ts';
import type { Move } from './moves.ts';
import { deliver, type Setting } from './shell.ts';
import type { World } from './world.ts';

const at = { atMs: NOW_MS } as const;

/** What an administrator asks for. */
export function requests(world: World, setting: Setting): Move[] {
  const ask = (words: string, event: LifeEvent, side: Partial<World> = {}): Move => ({
    words,
    good: false,
    run: () => deliver(world, event, setting, side),
  });
  return [
    ask('asked online', { kind: 'goOnline', manual: true, ...at }),
    ask('asked offline', { kind: 'goOffline', ...at }, { providersOnline: true }),
    ask('asked to remove it', { kind: 'remove', ...at }),
    ask('asked to fail it', { kind: 'failAsked', reason: 'test', ...at }),
  ];
}

const PROVIDER = 'p';

/** What the daemon asks for by itself: the real decision, over this instance and one provider. */
export function decided(world: World, setting: Setting): Move[] {
  const { providersOnline, instance, wanted } = world;
  const moves: Move[] = [];
  const to = providersOnline ? 'its provider fails' : 'its provider is online again';
  if (wanted === 'Online') {
    const after = { ...world, providersOnline: !providersOnline };
    moves.push({
      words: to,
      good: false,
      run: () => ({ before: world, event: null, effects: [], sendings: [], after }),
    });
  }
  if (world.paused && world.helloOwed) return moves;
  const dependencies: Dependencies = {
    instance: (name) => (name === RESOURCE ? instance : { ...NEW_INSTANCE, phase: providersOnline ? 'online' : 'failed' }),
    wanted: (name) => (name === PROVIDER || wanted === 'Online' ? 'Online' : 'Offline'),
    expressionOf: (name) => (name === RESOURCE ? { kind: 'resource', name: PROVIDER } : { kind: 'none' }),
    dependentsOf: (name) => new Set(name === PROVIDER ? [RESOURCE] : []),
  };
  const { kind } = decide(RESOURCE, dependencies);
  if (kind === 'goOnline')
    moves.push({
      words: 'brought online as wanted',
      good: true,
      run: () => deliver(world, { kind, manual: false, ...at }, setting),
    });
  if (kind === 'goOffline')
    moves.push({
      words: 'taken offline as wanted',
      good: true,
      run: () => deliver(world, { kind, ...at }, setting),
    });
  return moves;
}
