import type { Effect } from '../../daemon/src/core/life-cycle/effects.ts';
import type { LifeEvent } from '../../daemon/src/core/life-cycle/events.ts';
import type { Instance, Policy } from '../../daemon/src/core/life-cycle/instance.ts';
import type { Seen } from './world.ts';

/** Something that holds in every reachable state, or in every step. */
export interface Invariant {
  readonly name: string;
  /** The statements of semantics.md (S), of decisions.md (D) or of style.md that it stands for. */
  readonly stands: string;
  /** What is wrong, or null. */
  readonly broken: (seen: Seen, policy: Policy) => string | null;
}

type CallEffect = Extract<Effect, { kind: 'call' }>;
type PublishEffect = Extract<Effect, { kind: 'publish' }>;

export const callsIn = (seen: Seen): readonly CallEffect[] => seen.effects.filter((effect) => effect.kind === 'call');
export const publishedIn = (seen: Seen): readonly PublishEffect[] => seen.effects.filter((effect) => effect.kind === 'publish');
export const has = (seen: Seen, kind: Effect['kind']): boolean => seen.effects.some((effect) => effect.kind === kind);
export const tells = (seen: Seen, event: PublishEffect['event']): boolean => publishedIn(seen).some((effect) => effect.event === event);
export const calls = (seen: Seen, method: CallEffect['method']): boolean => callsIn(seen).some((call) => call.method === method);
export const arms = (seen: Seen, timer: string): boolean => seen.effects.some((effect) => effect.kind === 'arm' && effect.timer === timer);
export const armed = (seen: Seen, timer: string): boolean => seen.after.timers.some(({ name }) => name === timer);

/** The last that was heard of it is that it is in hang mode. */
export const isHung = ({ lastFailure }: Instance): boolean => lastFailure?.source === 'hangMode';

/** An answer to a call that does not count any more. */
export function isLate(seen: Seen): boolean {
  return seen.event !== null && 'callId' in seen.event && seen.event.callId !== seen.before.instance.call?.id;
}

export function isEvent<K extends LifeEvent['kind']>(event: LifeEvent | null, kind: K): event is Extract<LifeEvent, { kind: K }> {
  return event?.kind === kind;
}

/** The first complaint, if there is one. */
export function firstOf(complaints: readonly (string | null | false)[]): string | null {
  return complaints.find((complaint): complaint is string => typeof complaint === 'string') ?? null;
}

export const unchanged = (seen: Seen): boolean =>
  seen.before.instance === seen.after.instance || JSON.stringify(seen.before.instance) === JSON.stringify(seen.after.instance);
