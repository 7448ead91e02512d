import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Andon } from '../shared/andon.ts';
import { writeResults } from '../shared/results.ts';
import { type Scratch, withScratch } from '../shared/scratch.ts';
import { type DaemonEvent, type Moment, momentsOf, type Step, stepLines, stepsOf } from './steps.ts';

const USAGE = `Usage: npm run bench -- failure-timeline [--failures N] [--quick]

Follows failures from the first to the last step: a resource that fails by its event handle, and a process that is killed.
Prints when each step came after the failure, in microseconds: median, 10th and 90th percentile.

  --failures N   of each kind (default 60)
  --quick        12 failures, no result file
`;
const RESTART_DELAY_MS = 100;
/** Silence before each failure. */
const PAUSE_MS = 200;
/** Failures that are not counted. */
const WARM_UP = 10;
const LIMIT_MS = 300_000;

export async function failureTimeline(args: readonly string[]): Promise<number> {
  const options = { failures: { type: 'string' }, quick: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const failures = Number(values.failures ?? (values.quick ? 12 : 60)) + WARM_UP;
  if (values.help || !Number.isSafeInteger(failures) || failures <= WARM_UP) {
    process.stdout.write(USAGE);
    return values.help ? 0 : 2;
  }
  return withScratch(async (scratch) => {
    const { record, kill } = await measure(scratch, failures);
    print('a resource that fails by its event handle, µs after it', record);
    print('a process that is killed, µs after kill(2)', kill);
    if (!values.quick) {
      const path = writeResults('failure-timeline', {
        restartDelayMs: RESTART_DELAY_MS,
        failures: failures - WARM_UP,
        unit: 'µs',
        record,
        kill,
      });
      process.stdout.write(`\nwritten to ${path}\n`);
    }
    return 0;
  });
}

function print(title: string, steps: readonly Step[]): void {
  process.stdout.write(`\n${title}\n${stepLines(steps)}\n`);
}

async function measure(scratch: Scratch, failures: number): Promise<{ readonly record: Step[]; readonly kill: Step[] }> {
  const andon = await Andon.up(scratch);
  const manifest = join(andon.folder, 'timeline.toml');
  writeFileSync(manifest, manifestText(failures));
  await andon.command('apply', '-f', manifest);
  await andon.command('online', 'stamping', 'web');
  const stamps = await stampsOf(andon, failures);
  const kills = await killOften(andon, failures);
  const { events } = await json<{ events: DaemonEvent[] }>(andon, 'events');
  return {
    record: stepsOf([...stamps, ...momentsOf(events, 'stamping')], 'fails', WARM_UP),
    kill: stepsOf([...kills, ...momentsOf(events, 'web')], 'killed', WARM_UP),
  };
}

function manifestText(failures: number): string {
  const property = `property = { RestartThreshold = 1000000, RestartDelay = ${RESTART_DELAY_MS} }`;
  return `[type]
name = "stamping"
command = ["andon-resource-host", ${JSON.stringify(join(import.meta.dirname, 'stamping-host.ts'))}]
[[resource]]
name = "stamping"
type = "stamping"
set = { failures = ${failures}, pauseMs = ${PAUSE_MS} }
${property}
[[resource]]
name = "web"
type = "generic-application"
set = { command = "sleep", args = ["3600"] }
${property}
`;
}

/** Waits until the last failure is over. What the host has noted, with its steps after the restart counted to the failure before. */
async function stampsOf(andon: Andon, failures: number): Promise<Moment[]> {
  const giveUpMs = performance.now() + LIMIT_MS;
  for (;;) {
    const { resources } = await json<{ resources: { state: string; incarnation: number }[] }>(andon, 'status', 'stamping');
    const [resource] = resources;
    if (resource?.state === 'Online' && resource.incarnation > failures) break;
    if (performance.now() > giveUpMs) throw new Error(`only ${resource?.incarnation} of ${failures} failures within ${LIMIT_MS} ms`);
    await pause(1_000);
  }
  const { output } = await json<{ output: Moment[] }>(andon, 'control', 'stamping', 'stamps');
  return output.map((moment) => (moment.step === 'online begins' ? { ...moment, incarnation: moment.incarnation - 1 } : moment));
}

async function killOften(andon: Andon, failures: number): Promise<Moment[]> {
  const kills: Moment[] = [];
  while (kills.length < failures) {
    // Asking waits for the restart, too.
    await andon.command('online', 'web');
    const { resources } = await json<{ resources: { incarnation: number; statusText: string }[] }>(andon, 'status', 'web');
    const { incarnation = 0, statusText = '' } = resources[0] ?? {};
    await pause(PAUSE_MS);
    const pid = Number(/^pid (\d+)$/.exec(statusText)?.[1]);
    const us = Number(process.hrtime.bigint()) / 1_000;
    process.kill(pid, 'SIGKILL');
    kills.push({ incarnation, step: 'killed', us });
    await pause(PAUSE_MS + RESTART_DELAY_MS);
  }
  return kills;
}

async function json<Document>(andon: Andon, ...args: readonly string[]): Promise<Document> {
  const document: Document = JSON.parse((await andon.command(...args, '--json')).stdout);
  return document;
}
