import { type Expression, isSatisfied, namesIn, type WantedState } from '@andon/protocol';
import { type Instance, isInherited } from '../life-cycle/instance.ts';
import type { Phase } from '../life-cycle/phases.ts';

/** What the decisions below look at. A name that is not defined has no instance and is never online. */
export interface World {
  instance(name: string): Instance | undefined;
  wanted(name: string): WantedState;
  expressionOf(name: string): Expression;
  dependentsOf(name: string): ReadonlySet<string>;
}

/** What one resource should do next so that the machine comes to what is wanted. */
export type Decision =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'goOnline' }
  | { readonly kind: 'goOffline' }
  /** It is wanted Online and cannot be before these are. */
  | { readonly kind: 'waitForProviders'; readonly providers: readonly string[] };

const GOING_UP_OR_ONLINE: ReadonlySet<Phase> = new Set<Phase>(['awaitingHost', 'opening', 'onlineCalled', 'onlinePending', 'online']);
const GOING_ONLINE: ReadonlySet<Phase> = new Set<Phase>(['onlineCalled', 'onlinePending']);
const GOING_DOWN: ReadonlySet<Phase> = new Set<Phase>(['offlineCalled', 'offlinePending', 'terminating']);
const AT_REST: ReadonlySet<Phase> = new Set<Phase>(['closed', 'offline']);
const IN_TROUBLE: ReadonlySet<Phase> = new Set<Phase>(['restartDelay', 'failed']);
const NOTHING: Decision = { kind: 'nothing' };

/**
 * Level-triggered: looks at how things are, not at what happened, so that no order of events can leave something undone.
 * Providers come first, dependents go first (S13); a failed or unwanted provider pulls its dependents down unless an
 * alternative holds (S14).
 */
export function decide(name: string, world: World): Decision {
  const instance = world.instance(name);
  if (!instance) return NOTHING;
  if (isUp(instance)) {
    const down = !isLasting(name, world, mayBeOnline) && !isNeededByOthers(name, world);
    return down ? { kind: 'goOffline' } : NOTHING;
  }
  if (IN_TROUBLE.has(instance.phase)) return world.wanted(name) === 'Offline' ? { kind: 'goOffline' } : NOTHING;
  if (!AT_REST.has(instance.phase) || world.wanted(name) === 'Offline') return NOTHING;
  if (isClear(name, world)) return { kind: 'goOnline' };
  const providers = missingProviders(name, world);
  return providers.length > 0 ? { kind: 'waitForProviders', providers } : NOTHING;
}

/** Whether an online may be sent now: it is wanted, providers are there to stay, and no dependent is still on its way down. */
export function isClear(name: string, world: World): boolean {
  return isLasting(name, world) && !isNeededByOthers(name, world);
}

/** Providers that are named and not online. */
export function missingProviders(name: string, world: World): readonly string[] {
  return [...namesIn(world.expressionOf(name))].filter((provider) => !isAvailable(provider, world));
}

/** Wanted, and on providers that are available. `counts`: which of them do. */
function isLasting(name: string, world: World, counts = isOnline): boolean {
  if (world.wanted(name) !== 'Online') return false;
  return isSatisfied(world.expressionOf(name), (provider) => isAvailable(provider, world, counts));
}

function isAvailable(name: string, world: World, counts = isOnline): boolean {
  const instance = world.instance(name);
  return instance !== undefined && counts(instance) && isLasting(name, world, counts);
}

function isOnline({ phase }: Instance): boolean {
  return phase === 'online';
}

/** An online that the daemon before had called may be done: nobody who has come up on it is pulled down before its host has said so. */
function mayBeOnline(instance: Instance): boolean {
  return isOnline(instance) || (GOING_ONLINE.has(instance.phase) && isInherited(instance));
}

/** Somebody that is up or on its way down cannot do without it. */
function isNeededByOthers(name: string, world: World): boolean {
  for (const dependent of world.dependentsOf(name)) {
    const instance = world.instance(dependent);
    if (!instance || !(isUp(instance) || isGoingDown(instance))) continue;
    const without = isSatisfied(world.expressionOf(dependent), (provider) => provider !== name && isAvailable(provider, world));
    if (!without) return true;
  }
  return false;
}

/** On its way up or there; an instance that seeks leftovers of a lost host is on its way down. */
function isUp(instance: Instance): boolean {
  return GOING_UP_OR_ONLINE.has(instance.phase) && instance.next === 'online';
}

function isGoingDown(instance: Instance): boolean {
  return GOING_DOWN.has(instance.phase) || (GOING_UP_OR_ONLINE.has(instance.phase) && instance.next !== 'online');
}
