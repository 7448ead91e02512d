import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type AndonEvent, Settings } from '@andon/protocol';
import type { EventQuery } from '../../ports/index.ts';
import { readEvent } from './rows.ts';

const DAY_MS = 24 * 3_600_000;

interface EventRetention {
  readonly maxCount: number;
  readonly maxAgeMs: number;
}

function retentionOf(events: Settings['events']): EventRetention {
  return { maxCount: events['keep-count'], maxAgeMs: events['keep-days'] * DAY_MS };
}

/** So far back the events of one host are looked for: a millisecond, where all of them would take 20. */
const LOOK_BACK = 5_000;
/** Old events are deleted once so many new ones have come, and at most twice as many at a time. */
const PRUNE_EVERY = 1_000;

/**
 * The events in the store. Its calls belong inside a transaction of the caller. There is no index besides the number: two more would
 * double the time of an append (4 µs an event), and to look through all kept events for those of one resource takes 20 ms.
 */
export class EventHistory {
  readonly #insert: StatementSync;
  readonly #page: StatementSync;
  readonly #pageOfResource: StatementSync;
  readonly #newestAbout: StatementSync;
  readonly #newestBefore: StatementSync;
  readonly #prune: StatementSync;
  readonly #newest: StatementSync;
  /** The first append of a daemon prunes too, for one that never sees many. */
  #sincePrune = PRUNE_EVERY;
  #retention = retentionOf(Settings.parse({}).events);

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(
      'INSERT INTO events (seq, wall_ms, kind, resource, host, incarnation, fields) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    const columns = 'SELECT seq, kind, resource, host, incarnation, fields FROM events WHERE seq > ?';
    this.#page = database.prepare(`${columns} ORDER BY seq LIMIT ?`);
    this.#pageOfResource = database.prepare(`${columns} AND resource = ? ORDER BY seq LIMIT ?`);
    this.#newestAbout = database.prepare(
      `SELECT seq, kind, resource, host, incarnation, fields FROM events WHERE seq > ? AND seq <= ?
         AND (host = ? OR resource IN (SELECT value FROM json_each(?))) ORDER BY seq DESC LIMIT ?`,
    );
    this.#newestBefore = database.prepare('SELECT seq FROM events WHERE wall_ms < ? ORDER BY seq DESC LIMIT 1');
    // The newest stays whatever the clock did, since ages are reckoned from it: the next number is counted from it.
    this.#prune = database.prepare(
      `DELETE FROM events WHERE seq IN (
         SELECT seq FROM (SELECT seq, wall_ms FROM events ORDER BY seq LIMIT ${2 * PRUNE_EVERY}) WHERE seq <= ? OR wall_ms < ?)`,
    );
    this.#newest = database.prepare('SELECT max(seq) AS seq FROM events');
  }

  keep(settings: Settings['events']): void {
    this.#retention = retentionOf(settings);
  }

  newest(): number {
    return Number(this.#newest.get()?.['seq'] ?? 0);
  }

  append(events: readonly AndonEvent[]): void {
    const last = events.at(-1);
    if (!last) return;
    for (const { seq, kind, resource, host, incarnation, ...fields } of events)
      this.#insert.run(seq, Date.parse(fields.at), kind, resource, host, incarnation, JSON.stringify(fields));
    for (this.#sincePrune += events.length; this.#sincePrune >= PRUNE_EVERY; this.#sincePrune -= PRUNE_EVERY)
      this.#prune.run(last.seq - this.#retention.maxCount, Date.parse(last.at) - this.#retention.maxAgeMs);
  }

  /** Oldest first. `sinceWallMs` counts back from the newest, so a clock that was set back in between hides nothing new. */
  query({ afterSeq = 0, sinceWallMs, resource, about, limit }: EventQuery): AndonEvent[] {
    if (about) return this.#about(about, limit);
    const before = sinceWallMs === undefined ? 0 : Number(this.#newestBefore.get(sinceWallMs)?.['seq'] ?? 0);
    const after = Math.max(afterSeq, before);
    const rows = resource === undefined ? this.#page.all(after, limit) : this.#pageOfResource.all(after, resource, limit);
    return rows.map(readEvent).filter((event) => event !== null);
  }

  #about({ host, resources, untilSeq }: NonNullable<EventQuery['about']>, limit: number): AndonEvent[] {
    const rows = this.#newestAbout.all(untilSeq - LOOK_BACK, untilSeq, host, JSON.stringify(resources), limit);
    return rows
      .map(readEvent)
      .filter((event) => event !== null)
      .toReversed();
  }
}
