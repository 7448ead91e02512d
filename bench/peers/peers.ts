import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { writeResults } from '../shared/results.ts';
import { type Scratch, withScratch } from '../shared/scratch.ts';
import { type Spread, spread } from '../shared/statistics.ts';
import { Births } from './births.ts';
import { type Peer, PEERS, type Service, versionOf } from './peer.ts';
import { withArgument } from './processes.ts';

const USAGE = `Usage: npm run bench -- peers [--kills N] [--quick]

What people use today, and andon, at the same two things:
  kill -9 of a service: how long until its next instance runs;
  kill -9 of the supervisor, which is then started again: how many instances of a service run, and is the first one watched again?
Peers that are not installed are left out by name.

  --kills N   how often a service is killed (default 20)
  --quick     3 kills, no result file
`;
const SERVICES = ['v0', 'v1', 'v2'];
/** Longer than every pause that a peer makes before it starts something again. */
const LIMIT_MS = 10_000;
/** monit starts its services one after the other. */
const START_LIMIT_MS = 40_000;
const SETTLE_MS = 8_000;
const END_MS = 500;
/** s6 counts its pause from the readiness of the service. */
const BETWEEN_KILLS_MS = 1_500;

interface Figures {
  readonly peer: string;
  readonly version: string;
  readonly setting: string;
  /** From kill(2) to the first line of the next instance, ms. */
  readonly restartMs: Spread;
  readonly instancesAfterCrash: readonly number[];
  readonly originalsLeft: number;
  readonly originalIsWatched: boolean;
}

export async function peers(args: readonly string[]): Promise<number> {
  const options = { kills: { type: 'string' }, quick: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const kills = Number(values.kills ?? (values.quick ? 3 : 20));
  if (values.help || !Number.isSafeInteger(kills) || kills < 1) {
    process.stdout.write(USAGE);
    return values.help ? 0 : 2;
  }
  const figures: Figures[] = [];
  for (const peer of PEERS) {
    const version = await versionOf(peer);
    if (version === '') {
      say(`${peer.name}: not installed (${peer.program}), left out`);
      continue;
    }
    try {
      const measured = await withScratch((scratch) => measure(scratch, peer, version, kills));
      figures.push(measured);
      say(lineOf(measured));
    } catch (error) {
      if (error instanceof Error && error.name === 'AbortError') return 130;
      say(`${peer.name}: ${error instanceof Error ? error.message : String(error)}, left out`);
    }
  }
  if (!values.quick) say(`\nwritten to ${writeResults('peers', { unit: 'ms', kills, services: SERVICES.length, figures })}`);
  return 0;
}

async function measure(scratch: Scratch, peer: Peer, version: string, kills: number): Promise<Figures> {
  const { signal } = scratch;
  const births = await Births.open(join(scratch.folder, 'births'), scratch);
  const services = SERVICES.map((name) => serviceOf(scratch, name));
  const folder = join(scratch.folder, 'services');
  mkdirSync(folder);
  const supervision = await peer.start(scratch, folder, services);
  // The watchers first: they would start again what is killed.
  scratch.onEnd(async () => {
    killAll(supervision.processes());
    // What they were just starting has its name only once it runs.
    await pause(END_MS);
    killAll(services.flatMap(instancesOf));
  });
  for (const { name } of services) {
    if (!(await births.next(name, 0, START_LIMIT_MS))) throw new Error(`${peer.name} did not start ${name} within ${START_LIMIT_MS} ms`);
  }
  const restartMs = spread(await killOften(births, kills, signal));
  await pause(SETTLE_MS, undefined, { signal });

  const originals = services.flatMap(instancesOf);
  killAll(await supervision.watchers());
  await supervision.again();
  await pause(SETTLE_MS, undefined, { signal });
  const instancesAfterCrash = services.map((service) => instancesOf(service).length);
  const left = originals.filter((pid) => services.flatMap(instancesOf).includes(pid));
  const originalIsWatched = await isWatched(births, left);
  return { peer: peer.name, version, setting: peer.setting, restartMs, instancesAfterCrash, originalsLeft: left.length, originalIsWatched };
}

/** The argument of sleep tells its service, and this run, from every other process of the machine. */
function serviceOf({ folder }: Scratch, name: string): Service {
  return { name, script: `echo "${name} $$" > ${folder}/births; exec sleep ${secondsOf(name)}` };
}

const secondsOf = (name: string): string => `86400.${process.pid}${name.slice(1)}`;
const instancesOf = ({ name }: Service): number[] => withArgument(secondsOf(name));

async function killOften(births: Births, kills: number, signal: AbortSignal): Promise<number[]> {
  const [victim = ''] = SERVICES;
  const timesMs: number[] = [];
  while (timesMs.length < kills) {
    await pause(BETWEEN_KILLS_MS, undefined, { signal });
    const before = births.all.length;
    const pids = births.all.filter(({ service }) => service === victim).map(({ pid }) => pid);
    const killedUs = Number(process.hrtime.bigint()) / 1_000;
    killAll(pids.slice(-1));
    const birth = await births.next(victim, before, LIMIT_MS);
    if (!birth) throw new Error(`${victim} did not come back within ${LIMIT_MS} ms`);
    timesMs.push((birth.us - killedUs) / 1_000);
  }
  return timesMs;
}

/** Whether somebody starts a service again whose first instance dies now. */
async function isWatched(births: Births, [pid]: readonly number[]): Promise<boolean> {
  if (pid === undefined) return false;
  const service = births.all.find((birth) => birth.pid === pid)?.service ?? '';
  const before = births.all.length;
  killAll([pid]);
  return (await births.next(service, before, LIMIT_MS)) !== undefined;
}

/** What is gone already is as it should be. A pid of 0 would mean the group of this very process. */
function killAll(pids: readonly number[]): void {
  for (const pid of pids.filter((one) => one > 0)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
}

function lineOf({ peer, restartMs, instancesAfterCrash, originalsLeft, originalIsWatched, setting }: Figures): string {
  const restart = `${restartMs.median.toFixed(1).padStart(8)} ms (${restartMs.min.toFixed(1)} … ${restartMs.max.toFixed(1)})`;
  const crash = `after a crash ${instancesAfterCrash.join(', ')} instances, ${originalsLeft} of before, ${originalIsWatched ? 'watched' : 'not watched'}`;
  return `${peer.padEnd(12)} ${restart.padEnd(34)} ${crash}   ${setting}`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
