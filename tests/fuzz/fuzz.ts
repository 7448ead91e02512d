import { parseArgs } from 'node:util';
import { campaign, type Outcome } from './campaign.ts';
import { keepInput, readCorpus } from './corpus.ts';
import type { FuzzTarget } from './target.ts';
import { TARGETS } from './targets.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '1' },
    inputs: { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: String(Date.now() % 0x7fff_ffff) },
    grow: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const USAGE = `npm run fuzz -- [TARGET …] [--minutes M] [--inputs N] [--seed S] [--grow]

Each target for M minutes, or N inputs. An input that fails is shrunk, printed and kept in tests/fuzz/corpus/TARGET, which npm test replays.
--grow also keeps the inputs that reached new code. Targets: ${TARGETS.map(({ name }) => name).join(', ')}
`;

const unknown = positionals.filter((name) => !TARGETS.some((target) => target.name === name));
if (values.help || unknown.length > 0) {
  process.stdout.write(`${unknown.map((name) => `There is no target "${name}".\n`).join('')}${USAGE}`);
  process.exit(unknown.length > 0 ? 2 : 0);
}

let failed = false;
for (const target of TARGETS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  const start = [...target.seeds, ...readCorpus(target.name).values()];
  const limits = { seed: Number(values.seed), inputs: Number(values.inputs), seconds: Number(values.minutes) * 60 };
  try {
    const outcome = await campaign(target, start, limits);
    report(target, outcome, start.length);
    failed ||= outcome.failure !== undefined;
  } finally {
    await target.close?.();
  }
}
// Some hold a folder as soon as they are loaded.
for (const target of TARGETS) await target.close?.();
process.exitCode = failed ? 1 : 0;

function report(target: FuzzTarget, { inputs, seconds, known, blocks, heapGrowth, failure }: Outcome, started: number): void {
  const rate = Math.round(inputs / seconds);
  const grown = known.slice(started);
  const guided = target.guidedBy ? `, ${blocks} blocks reached, ${grown.length} inputs kept for them` : '';
  const heap = Number.isNaN(heapGrowth) ? '' : `, heap ${(heapGrowth / 2 ** 20).toFixed(1)} MiB more than after the first batches`;
  process.stdout.write(`${target.name}: ${inputs} inputs in ${seconds.toFixed(1)} s, ${rate}/s${guided}${heap}; seed ${values.seed}\n`);
  if (values.grow) for (const input of grown) keepInput(target.name, input);
  if (!failure) return;
  const path = keepInput(target.name, failure.input);
  const error = failure.error instanceof Error ? failure.error.message : String(failure.error);
  process.stdout.write(
    `${target.name} FAILED with ${JSON.stringify(Buffer.from(failure.input).toString('latin1'))}\n${error}\nKept as ${path}\n`,
  );
}
