import { parseArgs } from 'node:util';

export interface Options {
  readonly rounds: number;
  /** For each side in each round. */
  readonly samples: number;
  /** For each side, once, before the first round. */
  readonly warmUp: number;
  readonly resources: number;
  readonly pauseUs: readonly [number, number];
  readonly writesResults: boolean;
}

export const USAGE = `Usage: npm run bench -- failure-path [OPTION…]

Measures the time from the write of a failure record to the arrival of the terminate frame in the host that wrote it,
for the shipped daemon and for a C daemon that only reads and writes, in turn.

  --rounds N        rounds (default 7, at least 5 for a figure worth quoting)
  --samples N       samples for each side and round (default 2000)
  --warm-up N       samples before the first round, reported but not counted (default 2000)
  --resources N     resources online in the daemon (default 100)
  --pause-us A..B   random silence before a failure, in microseconds (default 200..1000)
  --quick           2 rounds of 300 samples, no result file: does it run at all?
`;

/** Throws a TypeError that says which argument is wrong. */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string' },
      samples: { type: 'string' },
      'warm-up': { type: 'string' },
      resources: { type: 'string' },
      'pause-us': { type: 'string', default: '200..1000' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const { quick } = values;
  return {
    rounds: count('rounds', values.rounds, quick ? 2 : 7),
    samples: count('samples', values.samples, quick ? 300 : 2_000),
    warmUp: count('warm-up', values['warm-up'], quick ? 300 : 2_000),
    resources: count('resources', values.resources, 100),
    pauseUs: range(values['pause-us']),
    writesResults: !quick,
  };
}

function count(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new TypeError(`--${name} ${text}: give a whole number above 0`);
  return Number(text);
}

function range(text: string): readonly [number, number] {
  const [, from, to] = /^(\d{1,9})\.\.(\d{1,9})$/.exec(text) ?? [];
  const [shortest, longest] = [Number(from), Number(to)];
  if (!(shortest <= longest)) throw new TypeError(`--pause-us ${text}: give microseconds as SHORTEST..LONGEST`);
  return [shortest, longest];
}
