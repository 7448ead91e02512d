import { describe, expect, test } from 'vitest';
import { afterDeath, backOff, type HostHistory, NO_HISTORY } from '../../../../daemon/src/core/hosts/death.ts';

const minute = 60_000;
interface Death {
  readonly atMs: number;
  readonly culprits?: readonly string[];
  readonly aliveMs?: number;
  readonly deadlock?: boolean;
}
function die(deaths: readonly Death[], resources: readonly string[]) {
  let history: HostHistory = NO_HISTORY;
  let last;
  for (const { atMs, culprits = [], aliveMs = 0, deadlock = false } of deaths) {
    last = afterDeath(history, { atMs, culprits, aliveMs, deadlock, resources });
    history = last.history;
  }
  if (!last) throw new Error('nobody died');
  return last;
}

describe('after the death of a host', () => {
  test('S43: the pause doubles from 1 s to 60 s', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8, 100].map(backOff)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((s) => s * 1000));
  });

  test('the pause begins anew after ten minutes of life', () => {
    expect(die([{ atMs: 0 }, { atMs: 1000 }, { atMs: 2000 }], ['a', 'b']).restartDelayMs).toBe(4_000);
    expect(die([{ atMs: 0 }, { atMs: 1000 }, { atMs: 11 * minute, aliveMs: 10 * minute }], ['a', 'b']).restartDelayMs).toBe(1_000);
  });

  test('S39: the culprit of a deadlock gets its own host at once', () => {
    expect(die([{ atMs: 0, culprits: ['a'], deadlock: true }], ['a', 'b']).separate).toEqual(['a']);
  });

  test('the culprit of a crash gets its own host the second time', () => {
    expect(die([{ atMs: 0, culprits: ['a'] }], ['a', 'b']).separate).toEqual([]);
    expect(
      die(
        [
          { atMs: 0, culprits: ['a'] },
          { atMs: 1, culprits: ['a', 'b'] },
        ],
        ['a', 'b'],
      ).separate,
    ).toEqual(['a']);
    expect(
      die(
        [
          { atMs: 0, culprits: ['a'] },
          { atMs: 11 * minute, culprits: ['a'] },
        ],
        ['a', 'b'],
      ).separate,
    ).toEqual([]);
  });

  test('without a culprit everyone is kept apart after five deaths in ten minutes', () => {
    const five = [0, 1, 2, 3, 4].map((index) => ({ atMs: index * minute }));
    expect(die(five.slice(0, 4), ['a', 'b']).separate).toEqual([]);
    expect(die(five, ['a', 'b']).separate).toEqual(['a', 'b']);
  });

  test('only a host of a single resource is quarantined', () => {
    const five = [0, 1, 2, 3, 4].map((index) => ({ atMs: index * minute }));
    expect(die(five, ['a']).quarantine).toBe(true);
    expect(die(five.slice(0, 4), ['a']).quarantine).toBe(false);
    expect(die(five, ['a', 'b']).quarantine).toBe(false);
    expect(
      die(
        [0, 3, 6, 9, 12].map((index) => ({ atMs: index * minute })),
        ['a'],
      ).quarantine,
    ).toBe(false);
  });
});
