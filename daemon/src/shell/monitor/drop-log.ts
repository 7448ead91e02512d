import type { EventFields } from '@andon/protocol';
import type { Clock } from '../../ports/index.ts';
import type { Journal } from './journal.ts';

type Why = EventFields<'recordDropped'>['why'];

interface Drops {
  readonly host: string;
  readonly resource: string | null;
  readonly why: Why;
  readonly record: string;
  count: number;
}

const GATHER_MS = 250;
/** Different drops gathered at a time; a flood of invented names is told of as one. */
const MOST_KINDS = 64;

/** Tells of failure records that led to nothing: never silently, and never one event for each of a million. */
export class DropLog {
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #gathered = new Map<string, Drops>();
  #isScheduled = false;

  constructor(clock: Clock, journal: Journal) {
    this.#clock = clock;
    this.#journal = journal;
  }

  add(host: string, resource: string | null, why: Why, record: string): void {
    const isFull = this.#gathered.size >= MOST_KINDS;
    const key = `${host} ${why} ${isFull ? '' : record}`;
    const known = this.#gathered.get(key);
    if (known) known.count++;
    else this.#gathered.set(key, { host, resource, why, record, count: 1 });
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#clock.after(GATHER_MS, () => this.#tell());
  }

  #tell(): void {
    this.#isScheduled = false;
    for (const { host, resource, why, record, count } of this.#gathered.values()) {
      this.#journal.publish('recordDropped', { why, record, count }, { host, resource: resource ?? undefined });
    }
    this.#gathered.clear();
  }
}
