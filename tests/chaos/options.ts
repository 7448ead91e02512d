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

const USAGE = 'npm run chaos -- [--minutes M | --faults N] [--seed S] [--only KIND,…] [--hosts ts,python,go,c,sh,rust,generic-application]';

export function readOptions(argv: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      minutes: { type: 'string' },
      faults: { type: 'string' },
      seed: { type: 'string' },
      only: { type: 'string', default: '' },
      hosts: { type: 'string', default: '' },
    },
  });
  const faults = values.faults ?? (values.minutes === undefined ? '100' : undefined);
  return {
    faults: number('faults', faults),
    minutes: number('minutes', values.minutes),
    seed: values.seed === undefined ? Date.now() % 1_000_000 : number('seed', values.seed),
    only: list(values.only),
    hosts: list(values.hosts),
  };
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
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} ${text} is no number. Usage: ${USAGE}`);
  return value;
}

function list(text: string): string[] {
  return text.split(',').filter((word) => word !== '');
}
