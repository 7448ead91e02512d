import type { AndonEvent, EventFields, EventKind } from '@andon/protocol';
import type { Clock, EventQuery, Log, Store, StoredInstance } from '../../ports/index.ts';

/** At most so many events are written in one turn; the rest follow in the next, so that the pipes are read in between. */
const EVENTS_PER_TURN = 2_000;
/** Events kept in memory while the disk refuses; beyond that the oldest are given up, which leaves a gap in `seq`. */
const HELD_AT_MOST = 50_000;
const RETRY_MS = 1_000;

/** Kinds that tell of routine and are logged at debug. */
const QUIET: ReadonlySet<EventKind> = new Set<EventKind>([
  'callSlow',
  'statusReported',
  'recordDropped',
  'lateReplyIgnored',
  'requestRefused',
  'verifyStarted',
]);
const LOUD: ReadonlySet<EventKind> = new Set<EventKind>([
  'failed',
  'deadlock',
  'hostExited',
  'hostKilled',
  'hostStartFailed',
  'hostQuarantined',
  'restartsExhausted',
  'recordFlood',
  'eventHandleReplaced',
  'protocolViolation',
  'helloRefused',
]);
const CRITICAL: ReadonlySet<EventKind> = new Set<EventKind>(['hostNotGone', 'storeTrouble', 'stopExpired', 'configurationRefused']);

export interface Subject {
  readonly resource?: string | undefined;
  readonly host?: string | undefined;
  readonly incarnation?: number | undefined;
}

/**
 * What happened, in order. Told at once in memory, and written, logged and shown to followers only once everything that
 * could be read in this turn has been read and every frame of it has left.
 */
export class Journal {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #store: Store;
  readonly #typeOf: (resource: string) => string | undefined;
  readonly #wallOffsetMs: number;
  #seq: number;
  #pending: AndonEvent[] = [];
  readonly #touched = new Map<string, () => StoredInstance>();
  readonly #followers = new Set<(event: AndonEvent) => void>();
  #isScheduled = false;
  #trouble: string | null = null;

  /** `typeOf`: the type of a resource, for the log. */
  constructor(clock: Clock, log: Log, store: Store, typeOf: (resource: string) => string | undefined) {
    this.#typeOf = typeOf;
    this.#clock = clock;
    this.#log = log;
    this.#store = store;
    this.#seq = store.lastSeq();
    this.#wallOffsetMs = clock.wallMs() - clock.monotonicMs();
  }

  /** Number of the newest event. */
  get seq(): number {
    return this.#seq;
  }
  /** Why the store cannot be written, while it cannot. */
  get trouble(): string | null {
    return this.#trouble;
  }
  get wallOffsetMs(): number {
    return this.#wallOffsetMs;
  }

  /** `atMs`: when it happened, if that was before now. */
  publish<K extends EventKind>(kind: K, fields: EventFields<K>, subject: Subject = {}, atMs = this.#clock.monotonicMs()): void {
    this.#seq++;
    this.#pending.push({
      seq: this.#seq,
      at: '',
      monotonicUs: Math.round(atMs * 1000),
      kind,
      resource: subject.resource ?? null,
      host: subject.host ?? null,
      incarnation: subject.incarnation ?? null,
      ...fields,
    });
    this.#schedule();
  }

  /** This resource has changed; `stored` is asked for what to write when it is written. */
  touch(name: string, stored: () => StoredInstance): void {
    this.#touched.set(name, stored);
    this.#schedule();
  }

  forget(name: string): void {
    this.#touched.delete(name);
  }

  /** Calls back with every event from now on, in order. */
  follow(follower: (event: AndonEvent) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /** The last events of a host and its resources, whether or not the disk has taken them, oldest first. */
  about(subject: NonNullable<EventQuery['about']>, limit: number): readonly AndonEvent[] {
    const { host, resources, untilSeq } = subject;
    const waiting = this.#pending
      .filter((event) => event.seq <= untilSeq && (event.host === host || (event.resource !== null && resources.includes(event.resource))))
      .map((event) => this.#dated(event));
    return [...this.#stored(subject, limit), ...waiting].slice(-limit);
  }

  #stored(about: NonNullable<EventQuery['about']>, limit: number): readonly AndonEvent[] {
    try {
      return this.#store.events({ about, limit });
    } catch {
      // A store that cannot be read has told so; what waits in memory is better than nothing.
      return [];
    }
  }

  /** Writes everything that waits. For the end of the daemon. */
  flush(): void {
    while (this.#pending.length > 0 || this.#touched.size > 0) {
      this.#writeSome();
      if (this.#trouble !== null) return;
    }
  }

  #schedule(): void {
    if (this.#isScheduled || this.#trouble !== null) return;
    this.#isScheduled = true;
    this.#clock.afterReading(() => {
      this.#isScheduled = false;
      this.#writeSome();
      if (this.#pending.length > 0) this.#schedule();
    });
  }

  #writeSome(): void {
    const events = this.#pending.slice(0, EVENTS_PER_TURN).map((event) => this.#dated(event));
    const rest = this.#pending.slice(EVENTS_PER_TURN);
    const isLast = rest.length === 0;
    const instances = isLast ? [...this.#touched.values()].map((stored) => stored()) : [];
    try {
      this.#store.append(instances, events);
    } catch (error) {
      this.#hold(events, rest, error);
      return;
    }
    this.#pending = rest;
    if (isLast) this.#touched.clear();
    for (const event of events) this.#tell(event);
    if (this.#trouble !== null) {
      this.#trouble = null;
      this.publish('storeRecovered', {});
    }
  }

  /** The daemon goes on in memory; the disk is tried again every second. */
  #hold(events: AndonEvent[], rest: AndonEvent[], error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const isNew = this.#trouble === null;
    this.#trouble = reason;
    for (const event of events) this.#tell(event);
    this.#pending = [...events, ...rest].slice(-HELD_AT_MOST);
    if (isNew) this.publish('storeTrouble', { reason });
    this.#clock.after(RETRY_MS, () => this.#writeSome());
  }

  #dated(event: AndonEvent): AndonEvent {
    return event.at === '' ? { ...event, at: new Date(event.monotonicUs / 1000 + this.#wallOffsetMs).toISOString() } : event;
  }

  #tell(event: AndonEvent): void {
    if (event.seq <= this.#toldSeq) return;
    this.#toldSeq = event.seq;
    this.#write(event);
    for (const follower of this.#followers) follower(event);
  }
  #toldSeq = 0;

  #write(event: AndonEvent): void {
    const { kind, at: _at, monotonicUs: _us, ...rest } = event;
    const fields = event.resource === null ? rest : { type: this.#typeOf(event.resource), ...rest };
    if (CRITICAL.has(kind)) this.#log.error(fields, kind);
    else if (LOUD.has(kind)) this.#log.warn(fields, kind);
    else if (QUIET.has(kind)) this.#log.debug(fields, kind);
    else this.#log.info(fields, kind);
  }
}
