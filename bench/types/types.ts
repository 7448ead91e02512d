import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Andon } from '../shared/andon.ts';
import { writeResults } from '../shared/results.ts';
import { withScratch } from '../shared/scratch.ts';
import { percentile } from '../shared/statistics.ts';
import { type Subject, subjects } from './faults.ts';

const USAGE = `Usage: npm run bench -- types [--faults N] [--quick]

Breaks what each event-driven type watches, and prints how long it takes until the daemon calls terminate, in microseconds.
Run by root it does so in a mount and a network namespace of its own, and measures mount, address and link, too.

  --faults N   of each type (default 30)
  --quick      5 faults, no result file
`;
/** Where this process has been started once more. */
const INSIDE = 'ANDON_BENCH_NAMESPACES';
/** Silence before each fault. */
const PAUSE_MS = 300;
const LIMIT_MS = 20_000;

export interface Figures {
  readonly type: string;
  readonly fault: string;
  readonly p10: number;
  readonly median: number;
  readonly p90: number;
}

export async function types(args: readonly string[]): Promise<number> {
  const options = { faults: { type: 'string' }, quick: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const faults = Number(values.faults ?? (values.quick ? 5 : 30));
  if (values.help || !Number.isSafeInteger(faults) || faults < 1) {
    process.stdout.write(USAGE);
    return values.help ? 0 : 2;
  }
  if (process.getuid?.() === 0 && process.env[INSIDE] === undefined) return againInNamespaces();
  return withScratch(async (scratch) => {
    const hasNamespaces = process.env[INSIDE] !== undefined;
    if (hasNamespaces) makeLinks();
    const andon = await Andon.up(scratch);
    const figures: Figures[] = [];
    for (const subject of await subjects(scratch.folder, hasNamespaces)) {
      scratch.onEnd(() => subject.end?.());
      figures.push(await measure(andon, subject, faults));
      process.stdout.write(`${line(figures.at(-1))}\n`);
    }
    if (!values.quick) process.stdout.write(`\nwritten to ${writeResults('types', { faults, unit: 'µs', figures })}\n`);
    return 0;
  });
}

function againInNamespaces(): number {
  const words = ['--mount', '--net', '--', process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  return spawnSync('unshare', words, { stdio: 'inherit', env: { ...process.env, [INSIDE]: '1' } }).status ?? 1;
}

function makeLinks(): void {
  const ip = (...words: readonly string[]): void => void execFileSync('ip', words);
  ip('link', 'set', 'lo', 'up');
  for (const [one = '', other = ''] of [
    ['v0', 'v1'],
    ['v2', 'v3'],
  ]) {
    ip('link', 'add', one, 'type', 'veth', 'peer', 'name', other);
    for (const name of [one, other]) ip('link', 'set', name, 'up');
  }
}

async function measure(andon: Andon, subject: Subject, faults: number): Promise<Figures> {
  const { type, set, fault } = subject;
  const manifest = join(andon.folder, `${type}.toml`);
  const property = 'property = { RestartThreshold = 1000000, RestartDelay = 0 }';
  writeFileSync(manifest, `[[resource]]\nname = "${type}"\ntype = "${type}"\nset = ${set}\n${property}\n`);
  await andon.command('apply', '-f', manifest);
  await andon.command('online', type);
  const broken = new Map<number, number>();
  for (let count = 0; count < faults; count++) {
    const { incarnation, statusText } = await onlineOf(andon, type);
    await pause(PAUSE_MS);
    broken.set(incarnation, Number(process.hrtime.bigint()) / 1_000);
    subject.break(Number(/^pid (\d+)/.exec(statusText)?.[1]));
    await terminated(andon, type, incarnation);
    await subject.mend?.();
  }
  const times = await timesOf(andon, type, broken);
  await onlineOf(andon, type);
  await andon.command('offline', type);
  return { type, fault, p10: percentile(times, 0.1), median: percentile(times, 0.5), p90: percentile(times, 0.9) };
}

interface Status {
  readonly state: string;
  readonly incarnation: number;
  readonly statusText: string;
}

interface Event {
  readonly kind: string;
  readonly incarnation: number;
  readonly monotonicUs: number;
}

async function terminated(andon: Andon, type: string, incarnation: number): Promise<void> {
  for (const giveUpMs = performance.now() + LIMIT_MS; ;) {
    const events = await eventsOf(andon, type);
    if (events.some((event) => event.kind === 'terminateCalled' && event.incarnation === incarnation)) return;
    if (performance.now() > giveUpMs) throw new Error(`${type}: no terminate within ${LIMIT_MS} ms`);
    await pause(50);
  }
}

/** Ascending, µs. */
async function timesOf(andon: Andon, type: string, broken: ReadonlyMap<number, number>): Promise<number[]> {
  const calls = (await eventsOf(andon, type)).filter(({ kind }) => kind === 'terminateCalled');
  const times = calls.map(({ incarnation, monotonicUs }) => Math.round(monotonicUs - (broken.get(incarnation) ?? Number.NaN)));
  return times.filter((time) => !Number.isNaN(time)).toSorted((a, b) => a - b);
}

async function eventsOf(andon: Andon, type: string): Promise<Event[]> {
  const { events }: { events: Event[] } = JSON.parse((await andon.command('events', '--resource', type, '--json')).stdout);
  return events;
}

/** Its restart follows by itself. */
async function onlineOf(andon: Andon, type: string): Promise<Status> {
  for (const giveUpMs = performance.now() + LIMIT_MS; ;) {
    const status = await statusOf(andon, type);
    if (status.state === 'Online') return status;
    if (performance.now() > giveUpMs) throw new Error(`${type}: not Online within ${LIMIT_MS} ms`);
    await pause(50);
  }
}

async function statusOf(andon: Andon, type: string): Promise<Status> {
  const { resources }: { resources: Status[] } = JSON.parse((await andon.command('status', type, '--json')).stdout);
  return resources[0] ?? { state: '', incarnation: 0, statusText: '' };
}

function line(figures: Figures | undefined): string {
  if (!figures) return '';
  const { type, median, p10, p90, fault } = figures;
  return `${type.padEnd(20)} ${String(median).padStart(7)} µs (${p10} … ${p90})  ${fault}`;
}
