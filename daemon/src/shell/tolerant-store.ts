import { type Log, type Store, type StoredHost, type StoredInstance, StoreTrouble, type UnsavedNotes } from '../ports/index.ts';

/** What the monitor reads and writes on its own account. */
type RuntimeStore = Pick<Store, 'instances' | 'hosts' | 'saveIncarnation' | 'deleteInstance' | 'saveHost' | 'deleteHost'>;

/**
 * The store for the monitor, which a disk that refuses must not stop: such writes are never thrown, but noted beside the store for a
 * daemon that has to follow before there is room, and made up for once there is.
 */
export class TolerantStore implements RuntimeStore {
  readonly #store: Store;
  readonly #notes: UnsavedNotes;
  readonly #log: Log;
  /** Null: the host is gone. */
  readonly #hosts = new Map<string, StoredHost | null>();
  readonly #incarnations = new Map<string, number>();

  constructor(store: Store, notes: UnsavedNotes, log: Log) {
    this.#store = store;
    this.#notes = notes;
    this.#log = log;
    const { hosts, goneHosts, incarnations } = notes.read();
    for (const hostId of goneHosts) this.#hosts.set(hostId, null);
    for (const host of hosts) this.#hosts.set(host.hostId, host);
    for (const [name, incarnation] of Object.entries(incarnations)) this.#incarnations.set(name, incarnation);
  }

  hosts(): readonly StoredHost[] {
    const known = new Map<string, StoredHost | null>(this.#store.hosts().map((host) => [host.hostId, host]));
    for (const [hostId, host] of this.#hosts) known.set(hostId, host);
    return [...known.values()].filter((host) => host !== null);
  }

  instances(): readonly StoredInstance[] {
    return this.#store.instances().map((stored) => {
      const noted = this.#incarnations.get(stored.name) ?? 0;
      return noted > stored.incarnation ? { ...stored, incarnation: noted, phase: 'onlineCalled' } : stored;
    });
  }

  saveIncarnation(name: string, incarnation: number): void {
    this.#write(this.#incarnations, name, incarnation, () => this.#store.saveIncarnation(name, incarnation));
  }

  deleteInstance(name: string): void {
    this.#write(this.#incarnations, name, 0, () => this.#store.deleteInstance(name));
  }

  saveHost(host: StoredHost): void {
    this.#write(this.#hosts, host.hostId, host, () => this.#store.saveHost(host));
  }

  deleteHost(hostId: string): void {
    this.#write(this.#hosts, hostId, null, () => this.#store.deleteHost(hostId));
  }

  /** The disk takes writes again. Incarnations are part of the instances, which are written by now. */
  makeUp(): void {
    this.#incarnations.clear();
    const refused = [...this.#hosts];
    for (const [hostId, host] of refused) {
      if (host) this.saveHost(host);
      else this.deleteHost(hostId);
    }
    this.#note();
  }

  /** What was refused before for the same name is out of date, whether or not this is refused too. */
  #write<Kept>(refused: Map<string, Kept>, name: string, kept: Kept, write: () => void): void {
    const wasRefused = refused.delete(name);
    try {
      write();
      if (wasRefused) this.#note();
    } catch (error) {
      if (!(error instanceof StoreTrouble)) throw error;
      refused.set(name, kept);
      const isNoted = this.#note();
      this.#log.error({ name, reason: error.message, isNoted }, 'the store cannot be written; going on in memory');
    }
  }

  #note(): boolean {
    const all = [...this.#hosts];
    return this.#notes.keep({
      hosts: all.flatMap(([, host]) => host ?? []),
      goneHosts: all.flatMap(([hostId, host]) => (host ? [] : [hostId])),
      incarnations: Object.fromEntries(this.#incarnations),
    });
  }
}
