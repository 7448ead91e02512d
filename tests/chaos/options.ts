import { parseArgs } from 'node:util';

export interface ChaosOptions {
  readonly faults: number;
  readonly minutes: number;
  readonly seed: number;
  /** Kinds of fault; empty = all. */
  readonly only: readonly string[];
  /** Languages of the hosts; empty = all whose tools are there. */
  readonly hosts: readonly string[];
}

const USAGE = `npm run chaos -- [--minutes M | --faults N] [--seed S] [--only KIND,…] [--hosts LANGUAGE,…]

  --minutes M, --faults N   when it ends (100 faults)
  --seed S                  chooses faults, moments and victims
  --only KIND,…             these faults only: daemon-killed, host-killed, …
  --hosts LANGUAGE,…        ts, python, go, rust, c, sh, generic-application; all whose tools are there

All of it: docs/chaos.md
`;

export function readOptions(argv: readonly string[]): ChaosOptions {
  const { values } = parseWords(argv);
  if (values.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  const faults = values.faults ?? (values.minutes === undefined ? '100' : undefined);
  return {
    faults: number('faults', faults),
    minutes: number('minutes', values.minutes),
    seed: values.seed === undefined ? Date.now() % 1_000_000 : number('seed', values.seed),
    only: list(values.only),
    hosts: list(values.hosts),
  };
}

function parseWords(argv: readonly string[]) {
  const options = {
    minutes: { type: 'string' },
    faults: { type: 'string' },
    seed: { type: 'string' },
    only: { type: 'string', default: '' },
    hosts: { type: 'string', default: '' },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
  try {
    return parseArgs({ args: [...argv], options });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return process.exit(2);
  }
}

/** The command that does the same again. */
export function commandOf({ faults, minutes, seed, only, hosts }: ChaosOptions): string {
  const end = Number.isFinite(faults) ? `--faults ${faults}` : `--minutes ${minutes}`;
  const narrowed = `${only.length > 0 ? ` --only ${only.join(',')}` : ''}${hosts.length > 0 ? ` --hosts ${hosts.join(',')}` : ''}`;
  return `npm run chaos -- ${end} --seed ${seed}${narrowed}`;
}

function number(name: string, text: string | undefined): number {
  if (text === undefined) return Infinity;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} ${text} is no number. ${USAGE}`);
  return value;
}

function list(text: string): string[] {
  return text.split(',').filter((word) => word !== '');
}
