import { type Spread, spread } from '../shared/statistics.ts';
import type { Percentiles } from './round.ts';

/** Design budget: the real daemon's percentile over the floor's. */
export const BUDGET = { p50: 1.4, p99: 2.5 } as const;

const RATIO_KEYS = ['p50', 'p95', 'p99'] as const;
const FIGURE_KEYS = [...RATIO_KEYS, 'max'] as const;

export interface Round {
  readonly andon: Percentiles;
  readonly floor: Percentiles;
}

export type Ratios = Readonly<Record<(typeof RATIO_KEYS)[number], Spread>>;

/** A ratio is taken within a round, where both sides met the same machine; only then the median over the rounds. */
export function ratiosOf(rounds: readonly Round[]): Ratios {
  const ratio = (key: (typeof RATIO_KEYS)[number]): Spread => spread(rounds.map(({ andon, floor }) => andon[key] / floor[key]));
  return { p50: ratio('p50'), p95: ratio('p95'), p99: ratio('p99') };
}

export function headerLine(): string {
  const columns = FIGURE_KEYS.map((key) => key.padStart(9)).join('');
  return `round  side  ${columns}   (µs, record written → terminate frame read)`;
}

export function roundLines(index: number, round: Round): string {
  const line = (side: 'andon' | 'floor'): string =>
    `${String(index + 1).padStart(5)}  ${side}  ${FIGURE_KEYS.map((key) => round[side][key].toFixed(1).padStart(8)).join(' ')}`;
  return `${line('andon')}\n${line('floor')}`;
}

export function ratioLines(ratios: Ratios): string {
  const budgets: Readonly<Record<string, number>> = BUDGET;
  const lines = RATIO_KEYS.map((key) => {
    const { median, min, max } = ratios[key];
    const budget = budgets[key];
    const verdict = budget === undefined ? '' : `   budget ≤ ${budget}  ${median <= budget ? 'met' : 'MISSED'}`;
    return `  ${key}  ${median.toFixed(2)}  (${min.toFixed(2)} … ${max.toFixed(2)})${verdict}`;
  });
  return ['andon ÷ floor, median over the rounds (min … max):', ...lines].join('\n');
}
