import { FLOOD_BUDGET_PER_SECOND, type FailureRecord, FailureRecordParser, type ParsedRecord } from '@andon/protocol';
import type { Clock, EventHandle, Timer } from '../../ports/index.ts';

/** Everything waiting in the pipe is taken in before an online, but a flood cannot hold it up for ever. */
const DRAIN_LIMIT_BYTES = 2 * 1024 * 1024;
/** A record still without its newline after this is told of, once. */
const UNTERMINATED_AFTER_MS = 100;
/** A pipe that has vanished is noticed within this. */
const HEALTH_INTERVAL_MS = 5_000;
/** Seconds of flood in a row before the host counts as unhealthy. */
const FLOOD_ALARM_SECONDS = 3;

export interface RecordCounts {
  received: number;
  unknown: number;
  stale: number;
  duplicate: number;
  malformed: number;
  unterminated: number;
  floods: number;
}

export const NO_RECORDS: Readonly<RecordCounts> = {
  received: 0,
  unknown: 0,
  stale: 0,
  duplicate: 0,
  malformed: 0,
  unterminated: 0,
  floods: 0,
};

export function addCounts(total: RecordCounts, counts: Readonly<RecordCounts>): void {
  total.received += counts.received;
  total.unknown += counts.unknown;
  total.stale += counts.stale;
  total.duplicate += counts.duplicate;
  total.malformed += counts.malformed;
  total.unterminated += counts.unterminated;
  total.floods += counts.floods;
}

export interface RecordIntakeOwner {
  /** A well-formed record. False: it named nothing that could fail now, and counts towards the flood budget. */
  recordArrived(record: FailureRecord, atMs: number): boolean;
  malformedRecord(excerpt: string, why: string): void;
  unterminatedRecord(bytes: number): void;
  flooded(perSecond: number, alarm: boolean): void;
  handleLost(path: string): void;
}

/** Reads one event handle: bytes become records, records go straight to the owner, and only garbage is ever slowed down. */
export class RecordIntake {
  readonly counts: RecordCounts = { ...NO_RECORDS };
  readonly #clock: Clock;
  readonly #handle: EventHandle;
  readonly #owner: RecordIntakeOwner;
  readonly #parser = new FailureRecordParser();
  #unterminated: Timer | null = null;
  #health: Timer | null = null;
  #second = 0;
  #discarded = 0;
  #floodSeconds = 0;
  #resume: Timer | null = null;
  #readAtMs = 0;
  #lost = false;
  #drainedTurn = false;

  constructor(clock: Clock, handle: EventHandle, owner: RecordIntakeOwner) {
    this.#clock = clock;
    this.#handle = handle;
    this.#owner = owner;
  }

  get handle(): EventHandle {
    return this.#handle;
  }

  /** Nothing is read before this: records that waited are judged once it is known what the host holds. */
  start(): void {
    this.#handle.read(this.#take);
    this.#watchHealth();
  }

  /** Takes in all that waits, so that old bare records cannot meet the incarnation that begins next. Once a turn is enough. */
  drain(): void {
    if (this.#drainedTurn) return;
    this.#drainedTurn = true;
    this.#clock.afterReading(() => {
      this.#drainedTurn = false;
    });
    this.#handle.drain(DRAIN_LIMIT_BYTES);
  }

  /** Lets go of the pipe; `remove` also unlinks it. */
  stop(remove: boolean): void {
    this.#unterminated?.cancel();
    this.#health?.cancel();
    this.#resume?.cancel();
    if (remove) this.#handle.remove();
    else this.#handle.close();
  }

  readonly #take = (bytes: Uint8Array): void => {
    this.#readAtMs = this.#clock.monotonicMs();
    this.#parser.push(bytes, this.#accept);
    if (this.#parser.partialBytes > 0) this.#expectNewline();
  };

  readonly #accept = (record: ParsedRecord): void => {
    this.counts.received++;
    if (record.kind === 'record') {
      if (this.#owner.recordArrived(record, this.#readAtMs)) return;
    } else {
      this.counts.malformed++;
      this.#owner.malformedRecord(record.excerpt, record.why);
    }
    this.#chargeDiscarded();
  };

  #expectNewline(): void {
    this.#unterminated ??= this.#clock.after(UNTERMINATED_AFTER_MS, () => {
      this.#unterminated = null;
      if (this.#parser.partialBytes === 0) return;
      this.counts.unterminated++;
      this.#owner.unterminatedRecord(this.#parser.partialBytes);
    });
  }

  /** Above the budget the pipe is left alone to the end of the second; its writers wait, other pipes do not. */
  #chargeDiscarded(): void {
    const second = Math.floor(this.#readAtMs / 1000);
    if (second !== this.#second) {
      if (this.#discarded <= FLOOD_BUDGET_PER_SECOND) this.#floodSeconds = 0;
      this.#second = second;
      this.#discarded = 0;
    }
    this.#discarded++;
    if (this.#discarded <= FLOOD_BUDGET_PER_SECOND || this.#resume) return;
    this.counts.floods++;
    this.#floodSeconds++;
    this.#handle.pause();
    this.#owner.flooded(this.#discarded, this.#floodSeconds >= FLOOD_ALARM_SECONDS);
    this.#resume = this.#clock.after((second + 1) * 1000 - this.#readAtMs, () => {
      this.#resume = null;
      this.#handle.resume();
    });
  }

  #watchHealth(): void {
    this.#health = this.#clock.after(HEALTH_INTERVAL_MS, () => {
      const lost = !this.#handle.isIntact();
      if (lost && !this.#lost) this.#owner.handleLost(this.#handle.path);
      this.#lost = lost;
      this.#watchHealth();
    });
  }
}
