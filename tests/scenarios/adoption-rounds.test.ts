import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Entry, TestDaemon } from '../support/daemon.ts';
import { callsOf, journalWhen } from '../support/host-calls.ts';
import { addLibrary, failsPath, libraryType } from '../support/library-host.ts';
import { randomNumbers } from '../support/random.ts';
import { pipeOf, writeTo } from '../support/records.ts';

const ROUNDS = 30;
const RESOURCES = 8;
/** The daemon dies so long after the records were written, at most: before, while and after it acts on them. */
const LATEST_DEATH_MS = 30;

/** A record that was written. `alive`: a recorded isAlive = true answers it too; a library knows that it failed and says no. */
interface Written {
  readonly resource: string;
  readonly incarnation: number;
  readonly us: number;
  readonly alive: boolean;
}

/** Incarnations that are Online as far as their hosts know: the last that was answered, unless it was terminated. */
function onlineNow(entries: readonly Entry[]): ReadonlyMap<string, number> {
  const current = new Map<string, number>();
  for (const { event, method, resource = '', incarnation = 0 } of entries) {
    if (event !== 'call') continue;
    if (method === 'online') current.set(resource, incarnation);
    if (method === 'terminate') current.delete(resource);
  }
  return current;
}

/** Decision 8: what was written led to a terminate of that incarnation, or to an isAlive = true of it after that. */
function isAnswered({ resource, incarnation, us, alive }: Written, entries: readonly Entry[]): boolean {
  return entries.some((entry) => {
    if (entry.resource !== resource || entry.incarnation !== incarnation || entry.event !== 'call') return false;
    return entry.method === 'terminate' || (alive && entry.method === 'isAlive' && entry.us > us);
  });
}

function written(entries: readonly Entry[], direct: readonly Written[]): readonly Written[] {
  const byLibrary = callsOf(entries, 'fail').map(({ resource = '', incarnation = 0, us }) => ({
    resource,
    incarnation,
    us,
    alive: false,
  }));
  return [...direct, ...byLibrary];
}

async function started(): Promise<TestDaemon> {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', {}, '--remembers', '--concurrency', 'perResource');
  await libraryType(daemon);
  const numbers = Array.from({ length: RESOURCES }, (_, index) => index);
  for (const index of numbers)
    await daemon.add(`demo-${index}`, 'demo', {}, { properties: { RestartDelay: 1, RestartThreshold: 1_000_000 } });
  await addLibrary(daemon, ...numbers.map((index) => `library-${index}`));
  await daemon.online(...numbers.flatMap((index) => [`demo-${index}`, `library-${index}`]));
  return daemon;
}

test(
  `S56: ${ROUNDS} times kill -9 with records in the pipes: each written record is answered, and none acts twice`,
  { timeout: 300_000 },
  async () => {
    const daemon = await started();
    const random = randomNumbers(20_260_722);
    const direct: Written[] = [];
    const libraryPid = (await daemon.status('library-0')).monitorProcessId ?? 0;
    const begun = performance.now();
    for (let round = 0; round < ROUNDS; round++) {
      // Two rounds of three write first and kill then; the third writes while no daemon runs.
      const whileDead = round % 3 === 2;
      if (whileDead) await daemon.crash();
      writeSome(daemon, direct, random, libraryPid);
      if (!whileDead) {
        await delay(random() * LATEST_DEATH_MS);
        await daemon.crash();
      }
      await daemon.up();
    }
    const seconds = (performance.now() - begun) / 1000;
    const entries = await journalWhen(daemon, (all) => written(all, direct).every((one) => isAnswered(one, all)), 30_000);

    const all = written(entries, direct);
    const terminates = callsOf(entries, 'terminate').map(({ resource, incarnation }) => `${resource}@${incarnation}`);
    const verified = direct.filter(({ resource, incarnation }) => !terminates.includes(`${resource}@${incarnation}`)).length;
    process.stdout.write(
      `${ROUNDS} rounds in ${seconds.toFixed(1)} s: ${direct.length} records of the shell (${verified} answered by isAlive alone), ${all.length - direct.length} of the library, ${terminates.length} terminates\n`,
    );
    expect(terminates.filter((one, index) => terminates.indexOf(one) !== index)).toEqual([]);
    expect(all.length - direct.length).toBeGreaterThan(ROUNDS / 5);
    // Both hosts are the processes that were started at first.
    expect(new Set(entries.map(({ pid }) => pid)).size).toBe(2);
  },
);

/** Some resources fail, half of them as a shell would tell it, half through the library. */
function writeSome(daemon: TestDaemon, direct: Written[], random: () => number, libraryPid: number): void {
  const current = onlineNow(daemon.journal());
  const chosen = [...current].filter(() => random() < 0.4);
  const library = chosen.filter(([name]) => name.startsWith('library-')).map(([name]) => name);
  writeFileSync(failsPath(daemon), library.join('\n'));
  process.kill(libraryPid, 'SIGUSR2');
  for (const [resource, incarnation] of chosen) {
    if (resource.startsWith('library-')) continue;
    const us = Number(process.hrtime.bigint() / 1000n);
    writeTo(pipeOf(daemon, 'demo'), `${resource}@${incarnation} round\n`);
    direct.push({ resource, incarnation, us, alive: true });
  }
}
