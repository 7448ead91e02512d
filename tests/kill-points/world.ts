import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { TypeName } from '@andon/protocol';
import { type Entry, TestDaemon } from '../support/daemon.ts';
import { addLibrary, failsPath, libraryType } from '../support/library-host.ts';
import { pipeOf, writeTo } from '../support/records.ts';
import { hasPrograms } from '../support/toolchain.ts';
import { Ledger } from './ledger.ts';
import type { Deed, Point } from './points.ts';

const INSTRUMENT = pathToFileURL(join(import.meta.dirname, 'instrument.ts')).href;
const PYTHON_HOST = join(import.meta.dirname, '../fixtures/hosts/failing-host.py');
/** A daemon that does not come to its point in this time is killed where it is, and does not count. */
const POINT_LIMIT_MS = 6_000;
const PROVOKE_EVERY_MS = 150;
/** Of each host whose resources fail. */
const RESOURCES = 4;
const QUICK = { properties: { RestartDelay: 1, RestartThreshold: 1_000_000 } };

/** What one daemon was made for: where it was to die, and what else happened to it. */
export interface Round {
  readonly point: Point;
  readonly passage: number;
  /** More records are written while no daemon runs. */
  readonly whileDead: boolean;
}

/** One store and one set of hosts, over the lives of many daemons that all end at a point of their own. */
export class World {
  readonly ledger = new Ledger();
  readonly #daemon: TestDaemon;
  readonly #random: () => number;
  #heardBytes = 0;

  private constructor(daemon: TestDaemon, random: () => number) {
    this.#daemon = daemon;
    this.#random = random;
  }

  static async create(random: () => number): Promise<World> {
    const daemon = await TestDaemon.start();
    const world = new World(daemon, random);
    await world.#configure();
    Object.assign(daemon.env, {
      NODE_OPTIONS: `--conditions=andon-src --import ${INSTRUMENT}`,
      ANDON_KILL_LOG: world.#killLog,
    });
    await daemon.crash();
    return world;
  }

  get #killLog(): string {
    return join(this.#daemon.folder, 'kills');
  }

  async #configure(): Promise<void> {
    const daemon = this.#daemon;
    await daemon.scripted('demo', {}, '--remembers', '--concurrency', 'perResource');
    await daemon.scripted('forgetful', {}, '--concurrency', 'perResource');
    await daemon.scripted('mortal', {}, '--remembers');
    await libraryType(daemon);
    for (const name of namesOf('demo')) await daemon.add(name, 'demo', {}, QUICK);
    for (const name of namesOf('forgetful')) await daemon.add(name, 'forgetful', {}, QUICK);
    await daemon.add('administered', 'demo', {}, QUICK);
    await daemon.add('mortal', 'mortal', {}, QUICK);
    await addLibrary(daemon, ...namesOf('library'));
    const names = ['demo', 'forgetful', 'library'].flatMap(namesOf);
    await daemon.online(...names, 'administered', 'mortal', ...(hasPrograms('python3') ? await this.#addPython() : []));
    this.#hear();
  }

  /** The same as the library in TypeScript, so that what holds for one holds for both. */
  async #addPython(): Promise<readonly string[]> {
    const { client, journalPath } = this.#daemon;
    const env = { LIBRARY_JOURNAL: journalPath, LIBRARY_FAILS: failsPath(this.#daemon) };
    await client.request('typeRegister', { type: { name: TypeName.parse('python'), command: ['python3', PYTHON_HOST], env } });
    for (const name of namesOf('python')) await client.request('resourceAdd', { resource: { name, type: 'python', ...QUICK } });
    return namesOf('python');
  }

  /** One life of a daemon. Answers whether it died at its point. */
  async live({ point, passage, whileDead }: Round): Promise<boolean> {
    const daemon = this.#daemon;
    const kills = this.#kills();
    daemon.env['ANDON_KILL_POINT'] = `${point.name}#${passage}`;
    if (whileDead) this.#writeRecords();
    await daemon.up().catch((error: unknown) => {
      if (this.#kills() === kills) throw error;
    });
    const limit = performance.now() + POINT_LIMIT_MS;
    const exited = daemon.exited();
    // A second signal would end the daemon at once.
    if (point.deed === 'stop') endProcess(daemon.pid, 'SIGTERM');
    while (this.#kills() === kills && performance.now() < limit) {
      this.#provoke(point.deed);
      this.#writeRecords();
      const paused = new AbortController();
      await Promise.race([exited, delay(PROVOKE_EVERY_MS, undefined, { signal: paused.signal }).catch(() => undefined)]);
      paused.abort();
      if (daemon.hasExited) break;
    }
    await daemon.crash();
    this.#hear();
    return this.#kills() > kills;
  }

  /** Brings a daemon up that may live, and waits until nothing is left to happen. Answers what was not kept. */
  async settle(limitMs: number): Promise<readonly string[]> {
    const daemon = this.#daemon;
    daemon.env['ANDON_KILL_POINT'] = '';
    await daemon.up();
    // The daemon before may have died between the two wishes.
    await daemon.client.request('online', { names: ['administered'] });
    const limit = performance.now() + limitMs;
    let missing = await this.#missing();
    while (missing.length > 0 && performance.now() < limit) {
      await delay(PROVOKE_EVERY_MS);
      missing = await this.#missing();
    }
    const twice = this.ledger.twice((resource) => resource.startsWith('forgetful'));
    return [
      ...missing,
      ...twice.map((what) => `acted twice: ${what}`),
      ...this.ledger.servedByTwo.map((what) => `two processes at a time for ${what}`),
    ];
  }

  async #missing(): Promise<readonly string[]> {
    this.#hear();
    const { resources } = await this.#daemon.client.request('status', {});
    const notOnline = resources.filter(({ name, state }) => name !== 'guest' && state !== 'Online');
    return [
      ...this.ledger.unanswered().map((record) => `record without an answer: ${record}`),
      ...notOnline.map(({ name, state }) => `${name} is ${state}, and was Online at first`),
    ];
  }

  #kills(): number {
    return existsSync(this.#killLog) ? readFileSync(this.#killLog, 'latin1').split('\n').length - 1 : 0;
  }

  /** What administrators and accidents do. Nobody waits for the answer: the daemon may die before it. */
  #provoke(deed: Deed): void {
    const { client } = this.#daemon;
    const ask = (...[method, params]: Parameters<typeof client.request>): void =>
      void client.request(method, params).catch(() => undefined);
    if (deed === 'administer') {
      ask('offline', { names: ['administered'] });
      ask('online', { names: ['administered'] });
    }
    if (deed === 'configure') {
      ask('resourceAdd', { resource: { name: 'guest', type: 'demo' } as never });
      ask('online', { names: ['guest'] });
      ask('resourceRemove', { name: 'guest', force: true });
    }
    if (deed === 'endHost') endProcess(this.ledger.processesOf('mortal').at(-1), 'SIGKILL');
    if (deed === 'leave') ask('shutdown', { leaveResources: true });
  }

  /** Some resources fail, half of them as a shell would tell it, the others through a library. */
  #writeRecords(): void {
    this.#hear();
    const chosen = [...this.ledger.online].filter(([name]) => /-\d+$/.test(name) && this.#random() < 0.4);
    const isOfLibrary = (name: string): boolean => name.startsWith('library-') || name.startsWith('python-');
    const provoked = chosen.filter(([name]) => isOfLibrary(name)).map(([name]) => name);
    writeFileSync(failsPath(this.#daemon), provoked.join('\n'));
    for (const first of ['library-0', 'python-0']) endProcess(this.ledger.processesOf(first).at(-1), 'SIGUSR2');
    for (const [name, incarnation] of chosen.filter(([one]) => !isOfLibrary(one))) {
      if (this.#write(`${name}@${incarnation} provoked\n`, name)) this.ledger.wrote(name, incarnation);
    }
  }

  /** False: nobody holds the pipe open, since its host has ended. */
  #write(text: string, resource: string): boolean {
    try {
      writeTo(pipeOf(this.#daemon, resource.split('-')[0] ?? ''), text);
      return true;
    } catch {
      return false;
    }
  }

  /** What the hosts wrote down since the last time. */
  #hear(): void {
    const fd = openSync(this.#daemon.journalPath, 'r');
    const bytes = Buffer.alloc(fstatSync(fd).size - this.#heardBytes);
    readSync(fd, bytes, 0, bytes.length, this.#heardBytes);
    closeSync(fd);
    const whole = bytes.lastIndexOf(0x0a) + 1;
    this.#heardBytes += whole;
    const lines = bytes.subarray(0, whole).toString().split('\n').slice(0, -1);
    this.ledger.hear(lines.map((line) => JSON.parse(line) as Entry));
  }
}

function namesOf(type: string): readonly string[] {
  return Array.from({ length: RESOURCES }, (_, index) => `${type}-${index}`);
}

function endProcess(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid) process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
