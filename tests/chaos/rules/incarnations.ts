import type { LedgerEntry } from '../ledger.ts';
import { isRunning } from '../processes.ts';
import type { Violation } from './violation.ts';

/** What the ledger says of one incarnation of one resource. */
interface Incarnation {
  /** The host process that was told online first. */
  pid: number;
  readonly entries: LedgerEntry[];
  isOver: boolean;
}

/** What makes a terminate legitimate, besides what the incarnation itself did. */
export interface Causes {
  /** Whether the driver, or a fault of the driver, gave a reason to end this resource or this host between these moments. */
  readonly given: (resource: string, pid: number, fromUs: number, toUs: number) => boolean;
}

/** Follows the ledger, and judges each incarnation by what really ran. */
export class Incarnations {
  readonly #all = new Map<string, Incarnation>();
  readonly #unanswered = new Set<LedgerEntry>();
  readonly #causeless = new Set<LedgerEntry>();
  readonly #causes: Causes;
  records = 0;
  terminates = 0;

  constructor(causes: Causes) {
    this.#causes = causes;
  }

  /** Takes what is new in the ledger; answers what must not have happened. */
  take(entries: readonly LedgerEntry[]): Violation[] {
    return entries.flatMap((entry) => (entry.incarnation > 0 ? this.#took(entry) : []));
  }

  /** Records that have led neither to a terminate nor to an isAlive = true, and whose host lives. */
  unanswered(): LedgerEntry[] {
    for (const record of this.#unanswered) if (this.#isAnswered(record)) this.#unanswered.delete(record);
    return [...this.#unanswered];
  }

  linesOf(subject: string): string {
    return (this.#all.get(subject)?.entries ?? []).map((entry) => `  ${JSON.stringify(entry)}`).join('\n');
  }

  #took(entry: LedgerEntry): Violation[] {
    const subject = `${entry.resource}@${entry.incarnation}`;
    const known = this.#all.get(subject) ?? { pid: entry.pid, entries: [], isOver: false };
    this.#all.set(subject, known);
    known.entries.push(entry);
    if (entry.what === 'online') known.pid = entry.pid;
    if (entry.what === 'record') {
      this.records++;
      this.#unanswered.add(entry);
    }
    const rule = this.#broken(entry, known);
    if (entry.what === 'terminate' || entry.what === 'offline') known.isOver = true;
    return rule === null ? [] : [{ rule, subject, detail: this.linesOf(subject) }];
  }

  #broken(entry: LedgerEntry, { entries }: Incarnation): string | null {
    if (entry.what === 'double') return `it is brought online while process ${entry.holder} still has it`;
    if (entry.what !== 'terminate') return null;
    this.terminates++;
    const ofHost = entries.filter(({ what, pid }) => what === 'terminate' && pid === entry.pid);
    if (ofHost.length > 1) return 'its host was told terminate more than once';
    this.#causeless.add(entry);
    return null;
  }

  /** Terminates that nobody gave a reason for. Asked at quiet points, since a reason may enter the ledger after what it leads to. */
  withoutCause(): Violation[] {
    const broken = [...this.#causeless].filter((terminate) => !this.#hasCause(terminate));
    this.#causeless.clear();
    return broken.map(({ resource, incarnation }) => {
      const subject = `${resource}@${incarnation}`;
      return { rule: 'it was terminated without a cause', subject, detail: this.linesOf(subject) };
    });
  }

  #hasCause({ resource, incarnation, pid, us }: LedgerEntry): boolean {
    const { entries = [] } = this.#all.get(`${resource}@${incarnation}`) ?? {};
    const failed = entries.some(({ what, isAlive }) => what === 'record' || (what === 'isAlive' && isAlive === false));
    return failed || this.#causes.given(resource, pid, entries[0]?.us ?? 0, us);
  }

  #isAnswered(record: LedgerEntry): boolean {
    const known = this.#all.get(`${record.resource}@${record.incarnation}`);
    if (!known || known.isOver || !isRunning(known.pid)) return true;
    return (
      record.writer === 'shell' && known.entries.some(({ what, isAlive, us }) => what === 'isAlive' && isAlive === true && us > record.us)
    );
  }
}
