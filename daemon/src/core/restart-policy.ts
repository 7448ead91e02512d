import type { ResourceProperties } from '@andon/protocol';

/** What a resource asks for when it fails. Source of the rules: the Windows resource properties of the same names. */
export type RestartPolicy = Pick<
  ResourceProperties,
  'RestartAction' | 'RestartDelay' | 'RestartPeriod' | 'RestartThreshold' | 'RetryPeriodOnFailure'
>;

export type RestartVerdict =
  | { readonly kind: 'restart'; readonly delayMs: number }
  | { readonly kind: 'exhausted'; readonly retryMs: number | null }
  | { readonly kind: 'dontRestart' };

/** The failures that still count at `atMs`: those younger than RestartPeriod. */
export function recentFailures(failures: readonly number[], atMs: number, policy: RestartPolicy): readonly number[] {
  return failures.filter((failedAtMs) => atMs - failedAtMs < policy.RestartPeriod);
}

/** What follows the newest of `failures`, which are recent ones only (S46 to S49). */
export function restartVerdict(failures: readonly number[], policy: RestartPolicy): RestartVerdict {
  if (policy.RestartAction === 'DontRestart') return { kind: 'dontRestart' };
  if (failures.length <= policy.RestartThreshold) return { kind: 'restart', delayMs: policy.RestartDelay };
  return { kind: 'exhausted', retryMs: policy.RetryPeriodOnFailure };
}
