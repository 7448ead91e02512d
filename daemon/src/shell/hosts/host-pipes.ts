import type { Clock, EventHandle, EventHandles } from '../../ports/index.ts';
import { addCounts, NO_RECORDS, type RecordCounts, RecordIntake, type RecordIntakeOwner } from './record-intake.ts';

type User = { readonly uid: number; readonly gid: number } | null;

/** More pipes than this for one host are a fault of the host. */
const MOST_PIPES = 17;

/** The event handles of one host: one that the daemon makes before it starts the process, and those the host asks for. */
export class HostPipes {
  readonly #hostId: string;
  readonly #clock: Clock;
  readonly #eventHandles: EventHandles;
  readonly #owner: RecordIntakeOwner;
  readonly #intakes = new Map<string, RecordIntake>();
  #main: RecordIntake | null = null;
  #user: User = null;
  #isReading = false;

  constructor(hostId: string, clock: Clock, eventHandles: EventHandles, owner: RecordIntakeOwner) {
    this.#hostId = hostId;
    this.#clock = clock;
    this.#eventHandles = eventHandles;
    this.#owner = owner;
  }

  /** The handle that the host inherits, and whose path it is told. */
  get main(): EventHandle | null {
    return this.#main?.handle ?? null;
  }

  /** Names of the pipes beyond the first, for the next daemon. */
  get extraNames(): readonly string[] {
    return [...this.#intakes.keys()].filter((name) => name !== '');
  }

  /** Makes the first pipe of a process to be. A pipe of an earlier process is let go of. */
  async create(user: User): Promise<EventHandle> {
    this.stop(false);
    this.#user = user;
    const handle = await this.#eventHandles.create(this.#hostId, user);
    this.#main = this.#add('', handle);
    return handle;
  }

  /** Takes over the pipes of a host that outlived its daemon. False: the first one is gone. */
  async reopen(hostPid: number, user: User, extraNames: readonly string[]): Promise<boolean> {
    this.#user = user;
    const handle = await this.#eventHandles.reopen(this.#hostId, hostPid, user);
    if (!handle) return false;
    this.#main = this.#add('', handle);
    for (const name of extraNames) {
      const extra = await this.#eventHandles.reopen(this.#pipeName(name), hostPid, user);
      if (extra) this.#add(name, extra);
    }
    return true;
  }

  /** One more pipe; asking again for the same name answers the same pipe. */
  async createExtra(name: string): Promise<string> {
    const known = this.#intakes.get(name);
    if (known) return known.handle.path;
    if (this.#intakes.size >= MOST_PIPES) throw new Error(`a host has at most ${MOST_PIPES - 1} extra event handles`);
    const intake = this.#add(name, await this.#eventHandles.create(this.#pipeName(name), this.#user));
    if (this.#isReading) intake.start();
    return intake.handle.path;
  }

  issued(path: string): boolean {
    for (const intake of this.#intakes.values()) if (intake.handle.path === path) return true;
    return false;
  }

  /** Begins to read, once it is known what the host holds. */
  start(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    for (const intake of this.#intakes.values()) intake.start();
  }

  drain(): void {
    if (!this.#isReading) return;
    for (const intake of this.#intakes.values()) intake.drain();
  }

  /** A record named nothing that could fail. */
  count(what: 'unknown' | 'stale' | 'duplicate'): void {
    if (this.#main) this.#main.counts[what]++;
  }

  counts(): RecordCounts {
    const total: RecordCounts = { ...NO_RECORDS };
    for (const { counts } of this.#intakes.values()) addCounts(total, counts);
    return total;
  }

  stop(remove: boolean): void {
    for (const intake of this.#intakes.values()) intake.stop(remove);
    this.#intakes.clear();
    this.#main = null;
    this.#isReading = false;
  }

  #add(name: string, handle: EventHandle): RecordIntake {
    const intake = new RecordIntake(this.#clock, handle, this.#owner);
    this.#intakes.set(name, intake);
    return intake;
  }

  /** Two dots: a host of a single resource is named `type.resource`, and a resource's name does not begin with a dot. */
  #pipeName(name: string): string {
    return `${this.#hostId}..${name}`;
  }
}
