/** The value that `fraction` of the samples do not exceed. `sorted` is ascending and not empty. */
export function percentile(sorted: readonly number[], fraction: number): number {
  const index = Math.max(0, Math.ceil(fraction * sorted.length) - 1);
  const value = sorted[index];
  if (value === undefined) throw new RangeError('percentile of no samples');
  return value;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Of a few values, one for each round: their median and how far they lie apart. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: percentile(sorted, 0.5), min: percentile(sorted, 0), max: percentile(sorted, 1) };
}
