// npm run simulate -- [--seed S] [--hours H] [--seeds N | --minutes M] [--without FAULT,…] [--every-passage] [--story WORD]
import { parseArgs } from 'node:util';
import { FAULTS } from './actors/troublemaker.ts';
import { Simulation, type SimulationOptions, type SimulationReport } from './simulation.ts';

const HELP = `The whole daemon on simulated time, with everything going wrong that can. A seed that fails is printed, and fails again.

  --seed S          first seed (1)
  --hours H         simulated hours of each seed (4)
  --seeds N         so many seeds (1)
  --minutes M       seeds one after the other for so many real minutes
  --without F,…     leaves out: ${FAULTS.join(', ')}, daemon-crash, host-crash
  --every-passage   instead: one death of daemon or host at each of their words to the world, one run for each
  --story WORD      of a failed run, only the lines with this word
`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    hours: { type: 'string', default: '4' },
    seeds: { type: 'string', default: '1' },
    minutes: { type: 'string' },
    without: { type: 'string', default: '' },
    'every-passage': { type: 'boolean', default: false },
    story: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

/** A short life in which only things break, so that one death is all there is to survive. */
const QUIET = { hours: 0.15, troubleMs: 60_000, without: FAULTS.filter((fault) => fault !== 'broken-thing') };
const HOUR_MS = 3_600_000;
const begun = performance.now();
const total = { runs: 0, failed: 0, simulatedMs: 0 };

if (values.help) process.stdout.write(HELP);
else {
  const first = Number(values.seed);
  if (values['every-passage']) await everyPassage(first);
  else for (let seed = first; isWanted(seed - first); seed++) await run(optionsOf(seed), `--seed ${seed} --hours ${values.hours}`);
  sayTotal();
  process.exitCode = total.failed > 0 ? 1 : 0;
}

function isWanted(done: number): boolean {
  const minutes = values.minutes === undefined ? null : Number(values.minutes);
  return minutes === null ? done < Number(values.seeds) : performance.now() - begun < minutes * 60_000;
}

function optionsOf(seed: number): SimulationOptions {
  return { seed, hours: Number(values.hours), without: values.without.split(',') };
}

async function everyPassage(seed: number): Promise<void> {
  const { passages } = await run({ ...QUIET, seed, diesAt: { who: 'daemon', passage: 0 } }, `--seed ${seed} --every-passage`);
  for (const who of ['daemon', 'host'] as const) {
    for (let passage = 1; passage <= passages[who]; passage++)
      await run({ ...QUIET, seed, diesAt: { who, passage } }, `--seed ${seed} --every-passage (${who} dies at its word ${passage})`);
  }
}

async function run(options: SimulationOptions, again: string): Promise<SimulationReport> {
  const simulation = new Simulation(options);
  const report = await simulation.run();
  total.runs++;
  total.simulatedMs += report.simulatedMs;
  if (report.violations.length > 0) tellFailure(report, simulation, again);
  else if (!options.diesAt) process.stdout.write(`${summary(report)}\n`);
  return report;
}

function summary({ seed, simulatedMs, steps, counts }: SimulationReport): string {
  const told = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
  return `seed ${seed}: ${(simulatedMs / HOUR_MS).toFixed(2)} h, ${steps} steps, ${told.join(', ')}`;
}

function tellFailure(report: SimulationReport, simulation: Simulation, again: string): void {
  total.failed++;
  for (const line of simulation.world.story(values.story)) process.stdout.write(`${line}\n`);
  process.stdout.write(`${summary(report)}\n`);
  for (const { atMs, promise, detail } of report.violations)
    process.stdout.write(`VIOLATED at ${(atMs / 1000).toFixed(6)}: ${promise}: ${detail}\n`);
  process.stdout.write(`again: npm run simulate -- ${again}\n`);
}

function sayTotal(): void {
  const seconds = (performance.now() - begun) / 1000;
  const hours = total.simulatedMs / HOUR_MS;
  process.stdout.write(
    `${total.runs} runs, ${hours.toFixed(1)} simulated hours in ${seconds.toFixed(1)} s: ${(hours / seconds).toFixed(2)} hours a second; ${total.failed} failed\n`,
  );
}
