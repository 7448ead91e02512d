import type { LifeEvent } from '../../daemon/src/core/life-cycle/events.ts';
import { NOW_MS } from './host-model.ts';
import type { Move } from './moves.ts';
import { deliver, type Setting } from './shell.ts';
import type { World } from './world.ts';

const at = { atMs: NOW_MS } as const;

/** What an administrator asks for, and what the shell asks for on behalf of what is wanted. */
export function requests(world: World, setting: Setting): Move[] {
  const { phase } = world.instance;
  const ask = (words: string, event: LifeEvent, side: Partial<World> = {}, good = false): Move => ({
    words,
    good,
    run: () => deliver(world, event, setting, side),
  });
  const moves = [
    ask('asked online', { kind: 'goOnline', manual: true, ...at }),
    ask('asked offline', { kind: 'goOffline', ...at }, { waiting: false }),
    ask('asked to remove it', { kind: 'remove', ...at }),
    ask('asked to fail it', { kind: 'failAsked', reason: 'test', ...at }),
  ];
  const atRest = phase === 'offline' || phase === 'closed';
  const wantedUp = world.wanted === 'Online' && !world.helloOwed;
  if (wantedUp && world.waiting && atRest) moves.push(ask('its providers are online again', { kind: 'goOnline', manual: false, ...at }, {}, true));
  if (wantedUp && !world.waiting && !atRest) moves.push(ask('its provider failed', { kind: 'goOffline', ...at }, { waiting: true }));
  if (!world.reconcile || world.helloOwed) return moves;
  const side = { reconcile: false };
  if (wantedUp && !world.waiting && atRest) moves.push(ask('wanted online after hello', { kind: 'goOnline', manual: false, ...at }, side, true));
  if (world.wanted === 'Offline' && !atRest) moves.push(ask('wanted offline after hello', { kind: 'goOffline', ...at }, side, true));
  if (world.wanted === 'Removed' && !atRest) moves.push(ask('wanted removed after hello', { kind: 'remove', ...at }, side, true));
  return moves;
}
