import { readFileSync } from 'node:fs';
import { randomNumbers, someOf } from '../support/random.ts';
import type { ChaosDaemon } from './daemon.ts';
import { provokeFailures } from './failures.ts';
import { type Member, providerOf, startFleet } from './fleet.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';
import type { ChaosOptions } from './options.ts';
import { openDescriptors, residentMiB } from './processes.ts';
import { judgeEnd } from './rules/end.ts';
import { Incarnations } from './rules/incarnations.ts';
import { Journal } from './rules/journal.ts';
import type { Violation } from './rules/violation.ts';
import { type Settled, settle } from './settling.ts';
import { Tally } from './tally.ts';
import type { Fault, World } from './world.ts';

const MOST_AT_ONCE = 3;
/** Of everything together; a proof, which expects that it never comes, shortens it. */
const RECOVERY_LIMIT_MS = Number(process.env['ANDON_TEST_LIMIT_MS'] ?? 30_000) * 4;
const START_LIMIT_MS = 180_000;
/** A daemon that has just adopted a fleet may take more than one that never had one; it must not grow with the faults. */
const MORE_MIB = 60;
const MORE_DESCRIPTORS = 30;

export interface Outcome {
  readonly tally: Tally;
  readonly seconds: number;
  readonly violations: readonly Violation[];
  readonly figures: Readonly<Record<string, number>>;
  readonly journal: Journal;
}

/** One run of chaos: rounds of a few faults at once, each followed by a quiet point at which the ledger is compared. */
export class ChaosRun {
  readonly #options: ChaosOptions;
  readonly #daemon: ChaosDaemon;
  readonly #ledger: Ledger;
  readonly #faults: readonly Fault[];
  readonly #random: () => number;
  readonly #journal = new Journal();
  readonly #tally = new Tally();
  readonly #incarnations: Incarnations;
  readonly #violations: Violation[] = [];
  readonly #begunMs = performance.now();
  #fleet: readonly Member[] = [];

  constructor(options: ChaosOptions, daemon: ChaosDaemon, ledger: Ledger, faults: readonly Fault[]) {
    this.#options = options;
    this.#daemon = daemon;
    this.#ledger = ledger;
    this.#faults = faults;
    this.#random = randomNumbers(options.seed);
    this.#incarnations = new Incarnations({ given: (...about) => this.#wasGiven(...about) });
  }

  async run(hosts: readonly string[], stop: AbortSignal): Promise<Outcome> {
    await this.#daemon.up();
    this.#fleet = await startFleet(this.#daemon, hosts);
    let settled = await this.#settle(START_LIMIT_MS);
    const before = this.#size();
    const isOver = (): boolean =>
      stop.aborted ||
      this.#violations.length > 0 ||
      this.#tally.faults >= this.#options.faults ||
      this.#seconds >= this.#options.minutes * 60;
    while (!isOver()) settled = await this.#round(settled);
    await this.#everythingOnline();
    const after = this.#size();
    this.#judgeSize(before, after);
    if (this.#violations.length === 0) this.#violations.push(...(await judgeEnd(this.#daemon, this.#journal)));
    return {
      tally: this.#tally,
      seconds: this.#seconds,
      violations: this.#violations,
      journal: this.#journal,
      figures: this.#figures(before, after),
    };
  }

  async #round({ hosts, resources }: Settled): Promise<Settled> {
    const lots = this.#faults.flatMap((fault) => Array.from({ length: fault.share }, () => fault));
    const chosen = [...new Set(someOf(lots, 1 + Math.floor(this.#random() * MOST_AT_ONCE), this.#random))];
    const world: World = { daemon: this.#daemon, ledger: this.#ledger, fleet: this.#fleet, random: this.#random, hosts, resources };
    const begunMs = performance.now();
    const injecting = chosen.map((fault) => {
      this.#ledger.enter('fault', { text: fault.kind });
      return fault.inject(world);
    });
    const [failures] = await Promise.all([provokeFailures(world), ...injecting]);
    const settled = await this.#settle(RECOVERY_LIMIT_MS);
    const recoveryMs = performance.now() - begunMs;
    for (const { kind } of chosen) this.#tally.add(kind, failures, recoveryMs);
    this.#violations.push(...this.#journal.take(await this.#daemon.journal(this.#journal.seq)));
    this.#judgeLog();
    return settled;
  }

  async #everythingOnline(): Promise<void> {
    if (this.#violations.length > 0) return;
    await this.#daemon.request('online', { names: this.#fleet.map(({ name }) => name) });
    const { resources } = await this.#settle(RECOVERY_LIMIT_MS);
    const missing = this.#fleet.filter(({ name }) => !resources.some((resource) => resource.name === name && resource.state === 'Online'));
    this.#violations.push(...missing.map(({ name }) => ({ rule: 'it is not Online at the end', subject: name, detail: '' })));
    this.#violations.push(...this.#journal.take(await this.#daemon.journal(this.#journal.seq)));
  }

  async #settle(limitMs: number): Promise<Settled> {
    const settled = await settle({ daemon: this.#daemon, fleet: this.#fleet, ledger: this.#ledger }, this.#incarnations, limitMs);
    this.#violations.push(...settled.violations);
    return settled;
  }

  /** The driver's own reasons: what it asked of this resource, and hosts that it kept from answering. */
  #wasGiven(resource: string, pid: number, fromUs: number, toUs: number): boolean {
    const provider = providerOf(resource);
    const isReason = (entry: LedgerEntry): boolean =>
      (entry.what === 'asked' && entry.resource === resource) ||
      (entry.what === 'paused' && entry.holder === pid) ||
      // A dependent that is just coming online is terminated when its provider leaves.
      (entry.resource !== '' && entry.resource === provider && entry.isAlive !== true);
    return this.#ledger.entries.some((entry) => isReason(entry) && entry.us >= fromUs && entry.us <= toUs);
  }

  #judgeLog(): void {
    const output =
      readFileSync(this.#daemon.outputPath, 'utf8') +
      readFileSync(`${this.#daemon.folder}/state/andond.log`, { encoding: 'utf8', flag: 'a+' });
    const bad = output.split('\n').filter((line) => /internal error|uncaught|unhandled|^\s+at .+:\d+:\d+/i.test(line));
    if (bad.length > 0)
      this.#violations.push({ rule: 'the daemon logs an internal error', subject: 'andond', detail: bad.slice(0, 10).join('\n') });
  }

  #judgeSize(before: Size, after: Size): void {
    if (after.mib - before.mib > MORE_MIB || after.descriptors - before.descriptors > MORE_DESCRIPTORS)
      this.#violations.push({ rule: 'the daemon keeps what it once needed', subject: 'andond', detail: JSON.stringify({ before, after }) });
  }

  #size(): Size {
    return { mib: Math.round(residentMiB(this.#daemon.pid)), descriptors: openDescriptors(this.#daemon.pid) };
  }

  get #seconds(): number {
    return (performance.now() - this.#begunMs) / 1000;
  }

  #figures(before: Size, after: Size): Record<string, number> {
    return {
      resources: this.#fleet.length,
      'daemon starts': this.#daemon.starts,
      'programs killed': this.#ledger.entries.reduce(
        (sum, { what, text = '' }) => sum + (what === 'killed' ? text.split(' ').length : 0),
        0,
      ),
      'records in the ledger': this.#incarnations.records,
      'terminates in the ledger': this.#incarnations.terminates,
      events: this.#journal.events.length,
      'daemon MiB before': before.mib,
      'daemon MiB after': after.mib,
      'descriptors before': before.descriptors,
      'descriptors after': after.descriptors,
    };
  }
}

interface Size {
  readonly mib: number;
  readonly descriptors: number;
}
