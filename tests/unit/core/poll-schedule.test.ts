import { DEFAULT_IS_ALIVE_MS, DEFAULT_LOOKS_ALIVE_MS } from '@andon/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ConfiguredPolls, effectivePolls, jittered } from '../../../daemon/src/core/poll-schedule.ts';

const UNSET: ConfiguredPolls = {
  resourceLooksAliveMs: null,
  resourceIsAliveMs: null,
  typeLooksAliveMs: null,
  typeIsAliveMs: null,
};
const poll = (looksAliveMs: number | null, isAliveMs: number | null) => ({ kind: 'poll', looksAliveMs, isAliveMs }) as const;
const EVENT = { kind: 'event' } as const;

describe('polls under a poll contract', () => {
  test('S20: run at the defaults when nobody says otherwise', () => {
    expect(effectivePolls(poll(null, null), UNSET)).toEqual({
      looksAlive: { ms: DEFAULT_LOOKS_ALIVE_MS, source: 'default' },
      isAlive: { ms: DEFAULT_IS_ALIVE_MS, source: 'default' },
    });
  });

  test('S20: run at what the online result asks for', () => {
    expect(effectivePolls(poll(10, 20), UNSET)).toEqual({
      looksAlive: { ms: 10, source: 'online' },
      isAlive: { ms: 20, source: 'online' },
    });
  });

  test('S21, D3: the resource comes before the type, the type before the online result', () => {
    const type = { ...UNSET, typeLooksAliveMs: 300, typeIsAliveMs: 400 };
    expect(effectivePolls(poll(10, 20), type)).toEqual({
      looksAlive: { ms: 300, source: 'type' },
      isAlive: { ms: 400, source: 'type' },
    });
    const resource = { ...type, resourceLooksAliveMs: 30, resourceIsAliveMs: 40 };
    expect(effectivePolls(poll(10, 20), resource)).toEqual({
      looksAlive: { ms: 30, source: 'resource' },
      isAlive: { ms: 40, source: 'resource' },
    });
  });

  test('S21: each interval is looked up by itself', () => {
    const mixed = { ...UNSET, typeLooksAliveMs: 300, resourceIsAliveMs: 40 };
    expect(effectivePolls(poll(10, 20), mixed)).toEqual({
      looksAlive: { ms: 300, source: 'type' },
      isAlive: { ms: 40, source: 'resource' },
    });
  });

  test('S20, S22: neither is ever off', () => {
    const interval = fc.option(fc.integer({ min: 10, max: 10_000_000 }));
    const configured = fc.record({
      resourceLooksAliveMs: interval,
      resourceIsAliveMs: interval,
      typeLooksAliveMs: interval,
      typeIsAliveMs: interval,
    });
    fc.assert(
      fc.property(configured, interval, interval, (polls, looksAliveMs, isAliveMs) => {
        const { looksAlive, isAlive } = effectivePolls(poll(looksAliveMs, isAliveMs), polls);
        expect(looksAlive.ms).toBeGreaterThanOrEqual(10);
        expect(isAlive.ms).toBeGreaterThanOrEqual(10);
      }),
    );
  });
});

describe('polls under an event handle', () => {
  test('S26: looksAlive is never called, however small the interval somebody set', () => {
    const eager = { ...UNSET, resourceLooksAliveMs: 10, typeLooksAliveMs: 10 };
    expect(effectivePolls(EVENT, eager).looksAlive).toEqual({ ms: null, source: 'eventHandle' });
  });

  test('S27: isAlive is polled only where resource or type set its interval', () => {
    expect(effectivePolls(EVENT, UNSET).isAlive).toEqual({ ms: null, source: 'eventHandle' });
    expect(effectivePolls(EVENT, { ...UNSET, typeIsAliveMs: 400 }).isAlive).toEqual({
      ms: 400,
      source: 'type',
    });
    expect(effectivePolls(EVENT, { ...UNSET, typeIsAliveMs: 400, resourceIsAliveMs: 40 }).isAlive).toEqual({
      ms: 40,
      source: 'resource',
    });
  });
});

describe('jitter', () => {
  test('S20: spreads polls by a twentieth to either side and never to 0', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 0x7fff_ffff }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (ms, uniform) => {
          const spread = jittered(ms, uniform);
          expect(Number.isInteger(spread)).toBe(true);
          expect(spread).toBeGreaterThanOrEqual(Math.floor(ms * 0.95));
          expect(spread).toBeLessThanOrEqual(Math.ceil(ms * 1.05));
          expect(spread).toBeGreaterThan(0);
        },
      ),
    );
  });

  test('S20: reaches both ends, so that thousands do not march in step', () => {
    expect(jittered(1_000, 0)).toBe(950);
    expect(jittered(1_000, 0.999_999)).toBe(1_050);
  });
});
