import type { Effect } from '../../daemon/src/core/life-cycle/effects.ts';
import type { LifeEvent } from '../../daemon/src/core/life-cycle/events.ts';
import type { World } from './world.ts';

type Draft = { -readonly [K in keyof World]: World[K] };

const refused = (effects: readonly Effect[]): boolean => effects.some((effect) => effect.kind === 'refuse');

/** What the search remembers of the past in order to judge the future. */
export function bookkeeping(draft: Draft, before: World, event: LifeEvent, effects: readonly Effect[]): void {
  rememberRequest(draft, event, effects);
  rememberRecord(draft, before, event, effects);
  rememberRestarts(draft, event, effects);
  for (const effect of effects) {
    if (effect.kind !== 'call' || effect.method !== 'terminate') continue;
    draft.terminateSent = Math.max(draft.terminateSent, effect.incarnation);
    // What a new host finds running is terminated anew, whatever the one before it answered.
    if (event.kind === 'openAnswered') draft.terminateAnswered = Math.min(draft.terminateAnswered, effect.incarnation - 1);
  }
  if (event.kind === 'hostUp' || (event.kind === 'hostTrouble' && event.final)) draft.wantsHost = false;
}

function rememberRequest(draft: Draft, event: LifeEvent, effects: readonly Effect[]): void {
  if (refused(effects)) return;
  if (event.kind === 'goOnline' && event.manual) draft.wanted = 'Online';
  // A removal stands, whatever is asked after it; what a provider pulls down stays wanted.
  if (event.kind === 'goOffline' && draft.wanted === 'Online' && draft.providersOnline) draft.wanted = 'Offline';
  if (event.kind === 'remove') draft.wanted = 'Removed';
}

/** A record is owed an answer from the moment it is taken to the end of its incarnation or a true isAlive. */
function rememberRecord(draft: Draft, before: World, event: LifeEvent, effects: readonly Effect[]): void {
  const { instance } = draft;
  const listening = instance.phase === 'onlineCalled' || instance.phase === 'onlinePending' || instance.phase === 'online';
  if (!listening || instance.incarnation !== before.instance.incarnation) draft.owed = null;
  if (effects.some((effect) => effect.kind === 'dismissRecord')) draft.owed = null;
  if (event.kind !== 'failureReported' || !listening) return;
  if (!effects.some((effect) => effect.kind === 'dropRecord' || effect.kind === 'refuse')) draft.owed = instance.incarnation;
}

function rememberRestarts(draft: Draft, event: LifeEvent, effects: readonly Effect[]): void {
  if ((event.kind === 'goOnline' && event.manual && !refused(effects)) || event.kind === 'retryDue') draft.restarts = 0;
  // A host that died for another's fault, or a daemon's lost write, is charged to nobody.
  if ((event.kind === 'hostLost' && !event.blamed) || event.kind === 'hosted') return;
  if (effects.some((effect) => effect.kind === 'publish' && effect.event === 'restartScheduled')) draft.restarts++;
}
