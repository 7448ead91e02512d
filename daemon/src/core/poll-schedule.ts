import { DEFAULT_IS_ALIVE_MS, DEFAULT_LOOKS_ALIVE_MS } from '@andon/protocol';

/** An interval in force and who set it; `ms` null = never polled. */
export interface EffectiveInterval {
  readonly ms: number | null;
  readonly source: 'resource' | 'type' | 'online' | 'default' | 'eventHandle';
}
export interface EffectivePolls {
  readonly looksAlive: EffectiveInterval;
  readonly isAlive: EffectiveInterval;
}

/** Intervals as resource and type set them; null = not set there. */
export interface ConfiguredPolls {
  readonly resourceLooksAliveMs: number | null;
  readonly resourceIsAliveMs: number | null;
  readonly typeLooksAliveMs: number | null;
  readonly typeIsAliveMs: number | null;
}

/** What online returned, or what was stored of it. */
export type OnlineContract =
  | { readonly kind: 'event' }
  | { readonly kind: 'poll'; readonly looksAliveMs: number | null; readonly isAliveMs: number | null };

/** Resource before type before online result before default (S20, S21); an event handle leaves only an isAlive that somebody asked for (S26, S27). */
export function effectivePolls(contract: OnlineContract, configured: ConfiguredPolls): EffectivePolls {
  const offered = contract.kind === 'poll' ? contract : { looksAliveMs: null, isAliveMs: null };
  const isAlive = first(configured.resourceIsAliveMs, configured.typeIsAliveMs, offered.isAliveMs);
  if (contract.kind === 'event') {
    const never: EffectiveInterval = { ms: null, source: 'eventHandle' };
    return { looksAlive: never, isAlive: isAlive ?? never };
  }
  return {
    looksAlive: first(configured.resourceLooksAliveMs, configured.typeLooksAliveMs, offered.looksAliveMs) ?? {
      ms: DEFAULT_LOOKS_ALIVE_MS,
      source: 'default',
    },
    isAlive: isAlive ?? { ms: DEFAULT_IS_ALIVE_MS, source: 'default' },
  };
}

/** Spreads polls so that thousands that went online together do not march in step. `uniform` is in [0, 1). */
export function jittered(intervalMs: number, uniform: number): number {
  return Math.max(1, Math.round(intervalMs * (0.95 + 0.1 * uniform)));
}

function first(resource: number | null, type: number | null, online: number | null): EffectiveInterval | undefined {
  if (resource !== null) return { ms: resource, source: 'resource' };
  if (type !== null) return { ms: type, source: 'type' };
  if (online !== null) return { ms: online, source: 'online' };
  return undefined;
}
