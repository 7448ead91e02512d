import { type Scratch, withScratch } from '../shared/scratch.ts';
import { writeResults } from '../shared/results.ts';
import { compile } from './build.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { BUDGET, headerLine, ratioLines, ratiosOf, type Round, roundLines } from './report.ts';
import { type Percentiles, percentiles, type Side, takeSamples } from './round.ts';
import { startAndonSide, startFloorSide } from './sides.ts';

/** A timer of Node is at least 1 ms; 0 would leave the floor less idle than the daemon. */
const RESTART_DELAY_MS = 1;
/** The first samples of a fresh daemon, before anything is compiled or cached. They are reported on their own. */
const FIRST_SAMPLES = 100;

export async function failurePath(args: readonly string[]): Promise<number> {
  let options: Options | 'help';
  try {
    options = parseOptions(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  if (options === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  const chosen = options;
  return withScratch(async (scratch) => {
    try {
      await measure(scratch, chosen);
      return 0;
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      return scratch.signal.aborted ? 130 : 1;
    }
  });
}

async function measure(scratch: Scratch, options: Options): Promise<void> {
  const setting = { ...options, programs: await compile(), restartDelayMs: RESTART_DELAY_MS };
  const andon = await startAndonSide(scratch, setting);
  const warmUp = await takeSamples(andon, options.warmUp, scratch.signal);
  const first = percentiles(warmUp.latenciesNs.slice(0, FIRST_SAMPLES));
  // The floor starts second because only now the length of the real terminate frame is known.
  const floor = await startFloorSide(scratch, setting, warmUp.frameBytes);
  await takeSamples(floor, options.warmUp, scratch.signal);

  say(`${headerLine()}\n${firstLine(first)}`);
  const rounds: Round[] = [];
  for (let index = 0; index < options.rounds; index++) {
    const round = await measureRound(andon, floor, index, options.samples, scratch.signal);
    rounds.push(round);
    say(roundLines(index, round));
  }
  const ratios = ratiosOf(rounds);
  say(`\n${ratioLines(ratios)}`);
  if (!options.writesResults) return;
  const figures = {
    budget: BUDGET,
    options,
    frameBytes: warmUp.frameBytes,
    unit: 'µs',
    ratios,
    first,
    rounds,
  };
  say(`written to ${writeResults('failure-path', figures)}`);
}

/** Whoever goes first alternates, so that a drift of the machine favours neither. */
async function measureRound(andon: Side, floor: Side, index: number, count: number, signal: AbortSignal): Promise<Round> {
  const take = async (side: Side): Promise<Percentiles> => percentiles((await takeSamples(side, count, signal)).latenciesNs);
  if (index % 2 === 1) {
    const floorFigures = await take(floor);
    return { andon: await take(andon), floor: floorFigures };
  }
  const andonFigures = await take(andon);
  return { andon: andonFigures, floor: await take(floor) };
}

function firstLine(first: Percentiles): string {
  return `first  andon  p50 ${first.p50.toFixed(1)}, p99 ${first.p99.toFixed(1)}: the first ${FIRST_SAMPLES} failures of a fresh daemon, not counted`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
