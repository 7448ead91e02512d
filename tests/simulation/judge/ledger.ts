import type { Request } from '@andon/protocol';
import type { HeldResource } from '../actors/held-resource.ts';
import type { SimulatedProcess } from '../actors/simulated-process.ts';
import type { Traits } from '../actors/traits.ts';
import { Conversations } from './conversations.ts';

export interface Violation {
  readonly atMs: number;
  readonly promise: string;
  readonly detail: string;
}

export interface Report {
  readonly process: SimulatedProcess;
  /** Of its host's type. */
  readonly traits: Traits;
}

/** What happened to one incarnation, as those who took part saw it and not as the daemon tells it. */
interface Fate {
  /** Reports of failure that nothing has answered yet. */
  reports: (Report & { readonly atMs: number; readonly life: number })[];
  wasReported: boolean;
  /** Processes that did a terminate of it. A host that finds something running after the death of another does one too. */
  terminatedIn: SimulatedProcess[];
  saidDead: boolean;
  excuses: string[];
}

/** The book outside the daemon: what was written, asked, answered and done. It knows what must have followed. */
export class Ledger {
  readonly violations: Violation[] = [];
  readonly counts = { reports: 0, terminates: 0, onlines: 0, verified: 0, calls: 0, crashes: 0, hostDeaths: 0 };
  readonly #now: () => number;
  readonly #fates = new Map<string, Fate>();
  readonly #newest = new Map<string, number>();
  readonly #conversations: Conversations;
  /** Number of the daemon's life. */
  life = 0;

  constructor(now: () => number) {
    this.#now = now;
    this.#conversations = new Conversations((promise, detail) => this.violated(promise, detail));
  }

  violated(promise: string, detail: string): void {
    this.violations.push({ atMs: this.#now(), promise, detail });
  }

  // ---- what hosts see ----

  called(process: SimulatedProcess, connection: number, request: Request, traits: Traits): void {
    this.counts.calls++;
    this.#conversations.called(process, connection, request, traits);
  }

  answered(process: SimulatedProcess, connection: number, request: Request): void {
    this.#conversations.answered(process, connection, request);
  }

  becameOnline(resource: string, incarnation: number): void {
    this.counts.onlines++;
    this.#newest.set(resource, Math.max(incarnation, this.#newest.get(resource) ?? 0));
  }

  /** In order, or with its close. */
  wentOffline(resource: string, incarnation: number): void {
    this.#fate(resource, incarnation).reports = [];
  }

  /** From now on this incarnation may be terminated for a reason that no report told. */
  excused(resource: string, incarnation: number, why: string): void {
    this.#fate(resource, incarnation).excuses.push(why);
  }

  reported(resource: string, incarnation: number, report: Report): void {
    this.counts.reports++;
    const fate = this.#fate(resource, incarnation);
    fate.wasReported = true;
    if (fate.terminatedIn.length === 0) fate.reports.push({ ...report, atMs: this.#now(), life: this.life });
  }

  askedAlive(resource: string, incarnation: number, alive: boolean): void {
    const fate = this.#fate(resource, incarnation);
    if (!alive) {
      fate.saidDead = true;
      return;
    }
    this.counts.verified++;
    // Decision 8: after an adoption it answers for writers that cannot repeat themselves; and always for records that it verifies.
    fate.reports = fate.reports.filter(({ traits: { writer, verifies }, life }) => {
      const isVerified = verifies || writer === 'bare';
      return !isVerified && (writer !== 'shell' || life === this.life);
    });
  }

  /** An administrator asked for something that may cost its incarnation its life. */
  meddled(resource: string): void {
    const incarnation = this.#newest.get(resource);
    if (incarnation !== undefined) this.excused(resource, incarnation, 'an administrator meddled');
  }

  dismissed(resource: string, incarnation: number): void {
    this.#fate(resource, incarnation).reports = [];
  }

  terminating(process: SimulatedProcess, resource: string, incarnation: number, cause: string, _held: HeldResource): void {
    this.counts.terminates++;
    const fate = this.#fate(resource, incarnation);
    fate.reports = [];
    if (fate.terminatedIn.includes(process)) {
      this.violated('none acts twice', `${resource}@${incarnation} is terminated again in pid ${process.identity.pid}, cause ${cause}`);
    }
    fate.terminatedIn.push(process);
    if ((cause === 'failureRecord' || cause === 'failedNotification') && !fate.wasReported)
      this.violated('no false terminate', `${resource}@${incarnation} is terminated for a record that nobody wrote`);
    if (cause === 'isAlive' && !fate.saidDead && fate.excuses.length === 0)
      this.violated('no false terminate', `${resource}@${incarnation} is terminated although it never said that it is dead`);
  }

  /** With the process everything in it is gone, and whoever waits for it is told by its exit. */
  processGone(process: SimulatedProcess): void {
    this.counts.hostDeaths++;
    this.#conversations.ended(process);
    for (const fate of this.#fates.values()) fate.reports = fate.reports.filter((report) => report.process !== process);
  }

  rebooted(): void {
    this.#conversations.rebooted();
    this.#fates.clear();
    this.#newest.clear();
  }

  // ---- judgement ----

  /** When nothing has gone wrong for long enough, every report has been answered. */
  judgeReports(): void {
    for (const [incarnation, { reports }] of this.#fates) {
      const [first] = reports;
      if (!first) continue;
      const ago = ((this.#now() - first.atMs) / 1000).toFixed(1);
      this.violated('no record is lost', `${incarnation}: a report by ${first.traits.writer} ${ago} s ago was never answered`);
    }
    this.#forgetOld();
  }

  /** Incarnations that are over and answered are of no interest any more. */
  #forgetOld(): void {
    for (const key of this.#fates.keys()) {
      const [resource = '', incarnation = '0'] = key.split('@');
      if (Number(incarnation) < (this.#newest.get(resource) ?? 0) - 2) this.#fates.delete(key);
    }
  }

  #fate(resource: string, incarnation: number): Fate {
    const key = `${resource}@${incarnation}`;
    const known = this.#fates.get(key);
    if (known) return known;
    const fate: Fate = { reports: [], wasReported: false, terminatedIn: [], saidDead: false, excuses: [] };
    this.#fates.set(key, fate);
    return fate;
  }
}
