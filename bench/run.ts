/** A benchmark takes its own arguments and answers with the exit code of the process. */
type Benchmark = (args: readonly string[]) => Promise<number>;

interface Entry {
  readonly summary: string;
  /** Loaded on demand: one benchmark must not pay for what another needs. */
  load(): Promise<Benchmark>;
}

const BENCHMARKS: ReadonlyMap<string, Entry> = new Map([
  [
    'failure-path',
    {
      summary: 'failure record written → terminate frame read by the host, against a C daemon that decides nothing',
      load: async () => (await import('./failure-path/failure-path.ts')).failurePath,
    },
  ],
  [
    'failure-timeline',
    {
      summary: 'one failure step by step: record, terminate, restart, with the clock of the machine',
      load: async () => (await import('./failure-timeline/failure-timeline.ts')).failureTimeline,
    },
  ],
  [
    'types',
    {
      summary: 'from a fault to terminate, for each event-driven type that comes with andon',
      load: async () => (await import('./types/types.ts')).types,
    },
  ],
  [
    'peers',
    {
      summary: 'what people use today, where it is installed: restart after kill -9, and kill -9 of the supervisor itself',
      load: async () => (await import('./peers/peers.ts')).peers,
    },
  ],
]);

function usage(): string {
  const names = [...BENCHMARKS].map(([name, { summary }]) => `  ${name.padEnd(16)}${summary}`);
  return ['Usage: npm run bench -- NAME [OPTION…]', '', ...names, '', 'NAME --help shows the options of one.', ''].join('\n');
}

const [name, ...args] = process.argv.slice(2);
const entry = name === undefined ? undefined : BENCHMARKS.get(name);
if (entry) {
  const benchmark = await entry.load();
  process.exitCode = await benchmark(args);
} else if (name === '--help' || name === '-h') {
  process.stdout.write(usage());
} else {
  const problem = name === undefined ? 'Name a benchmark.' : `There is no benchmark "${name}".`;
  process.stderr.write(`${problem}\n\n${usage()}`);
  process.exitCode = 2;
}
