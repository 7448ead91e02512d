import { describe, expect, test } from 'vitest';
import { recentFailures, type RestartPolicy, restartVerdict } from '../../../daemon/src/core/restart-policy.ts';

const POLICY: RestartPolicy = {
  RestartAction: 'RestartNotify',
  RestartDelay: 500,
  RestartPeriod: 900_000,
  RestartThreshold: 3,
  RetryPeriodOnFailure: 3_600_000,
};

describe('the restart policy', () => {
  test('S46: DontRestart stays Failed, however few the failures', () => {
    expect(restartVerdict([1], { ...POLICY, RestartAction: 'DontRestart' })).toEqual({ kind: 'dontRestart' });
    expect(restartVerdict([], { ...POLICY, RestartAction: 'DontRestart' })).toEqual({ kind: 'dontRestart' });
  });

  test.each(['RestartNoNotify', 'RestartNotify'] as const)(
    'S47: %s restarts after RestartDelay up to the threshold itself',
    (RestartAction) => {
      const policy = { ...POLICY, RestartAction };
      expect(restartVerdict([1, 2, 3], policy)).toEqual({ kind: 'restart', delayMs: 500 });
      expect(restartVerdict([1, 2, 3, 4], policy)).toEqual({ kind: 'exhausted', retryMs: 3_600_000 });
    },
  );

  test('S47: a threshold of 0 answers the first failure with no restart, and a host lost through no fault of its own with one', () => {
    expect(restartVerdict([1], { ...POLICY, RestartThreshold: 0 })).toEqual({
      kind: 'exhausted',
      retryMs: 3_600_000,
    });
    expect(restartVerdict([], { ...POLICY, RestartThreshold: 0 })).toEqual({ kind: 'restart', delayMs: 500 });
  });

  test('S47: a delay of 0 is a delay', () => {
    expect(restartVerdict([1], { ...POLICY, RestartDelay: 0 })).toEqual({ kind: 'restart', delayMs: 0 });
  });

  test('S48, S49: beyond the threshold the retry period decides, and null means never', () => {
    const failures = [1, 2, 3, 4];
    expect(restartVerdict(failures, POLICY)).toEqual({ kind: 'exhausted', retryMs: 3_600_000 });
    expect(restartVerdict(failures, { ...POLICY, RetryPeriodOnFailure: null })).toEqual({
      kind: 'exhausted',
      retryMs: null,
    });
  });

  test('S48: the period slides: a failure counts while it is younger than RestartPeriod, and not a moment longer', () => {
    const failures = [0, 100_000, 800_000];
    expect(recentFailures(failures, 899_999, POLICY)).toEqual([0, 100_000, 800_000]);
    expect(recentFailures(failures, 900_000, POLICY)).toEqual([100_000, 800_000]);
    expect(recentFailures(failures, 1_699_999, POLICY)).toEqual([800_000]);
    expect(recentFailures(failures, 1_700_000, POLICY)).toEqual([]);
  });

  test('S48: failures that are spread wider than the period never reach the threshold', () => {
    let failures: readonly number[] = [];
    for (let atMs = 0; atMs < 100 * 300_001; atMs += 300_001) {
      failures = [...recentFailures(failures, atMs, POLICY), atMs];
      expect(restartVerdict(failures, POLICY).kind).toBe('restart');
    }
    expect(failures).toHaveLength(3);
  });

  test('S48: the fourth of four failures inside one period is one too many, wherever the period begins', () => {
    const spread = [0, 400_000, 1_000_000, 1_100_000, 1_200_000];
    const kinds = spread.map((atMs, place) => restartVerdict(recentFailures(spread.slice(0, place + 1), atMs, POLICY), POLICY).kind);
    expect(kinds).toEqual(['restart', 'restart', 'restart', 'restart', 'exhausted']);
  });
});
