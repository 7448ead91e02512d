import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SystemClock } from '../../../daemon/src/shell/system-clock.ts';
import { SystemRandom } from '../../../daemon/src/shell/system-random.ts';
import { startScript } from './support.ts';

const clock = new SystemClock();
const after = (ms: number): Promise<number> => new Promise((resolve) => clock.after(ms, () => resolve(clock.monotonicMs())));

describe('the system clock', () => {
  test('has the same zero in every process of this boot', async () => {
    const before = clock.monotonicMs();
    const { lines } = startScript(`console.log(Number(process.hrtime.bigint()) / 1e6)`);
    const other = Number(await lines.next());
    expect(other).toBeGreaterThan(before);
    expect(other).toBeLessThan(clock.monotonicMs());
    // Without time spent asleep, which CLOCK_MONOTONIC leaves out and uptime counts.
    expect(before).toBeLessThan(Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000 + 10);
  });

  test.each([0.4, 1, 2.5, 5])('never acts before %d ms are over', async (ms) => {
    for (let round = 0; round < 50; round++) {
      // Begins anywhere within a millisecond.
      const begin = clock.monotonicMs() + round / 50;
      while (clock.monotonicMs() < begin);
      const start = clock.monotonicMs();
      expect((await after(ms)) - start).toBeGreaterThanOrEqual(ms);
    }
  });

  test('waits for the next turn even where there is no delay', async () => {
    let isDone = false;
    clock.after(0, () => {
      isDone = true;
    });
    await Promise.resolve();
    expect(isDone).toBe(false);
    await after(1);
    expect(isDone).toBe(true);
  });

  test('does not act at once when the delay is longer than a timer can count', async () => {
    const timer = clock.after(2 ** 31 + 5, () => expect.unreachable());
    await after(20);
    timer.cancel();
    timer.cancel();
  });

  test('cancels', async () => {
    const timer = clock.after(1, () => expect.unreachable());
    timer.cancel();
    await after(10);
  });
});

test('tokens are 128 bits and differ', () => {
  const random = new SystemRandom();
  const tokens = Array.from({ length: 100 }, () => random.token());
  expect(new Set(tokens).size).toBe(100);
  expect(tokens.every((token) => /^[0-9a-f]{32}$/.test(token))).toBe(true);
  expect(Array.from({ length: 100 }, () => random.uniform()).every((value) => value >= 0 && value < 1)).toBe(true);
});
