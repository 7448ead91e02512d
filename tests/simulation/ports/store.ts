import type { AndonEvent, ResourceDefinition, Settings, WantedState } from '@andon/protocol';
import {
  type ConfigurationChange,
  type Definitions,
  type DefinitionSource,
  type EventQuery,
  type Store,
  type StoredHost,
  type StoredInstance,
  StoreTrouble,
} from '../../../daemon/src/ports/index.ts';
import type { DaemonLife } from '../actors/daemon-life.ts';
import type { Disk, Transaction } from '../kernel/disk.ts';

/** How long a commit may stay unsynced. */
const SYNC_AFTER_MS = 1_000;

/** The store of one daemon: transactions are committed whole, lost whole, or refused. */
export class SimulatedStore implements Store {
  readonly epoch: number;
  readonly #disk: Disk;
  readonly #life: DaemonLife;
  #syncIsDue = false;

  constructor(disk: Disk, life: DaemonLife) {
    this.#disk = disk;
    this.#life = life;
    this.epoch = disk.tables.epoch + 1;
    if (!disk.isRefusing)
      disk.commit((tables) => {
        tables.epoch++;
      });
  }

  configuration(): Definitions {
    const { types, groups, resources } = this.#disk.tables;
    return { types: [...types.values()], groups: [...groups.values()], resources: [...resources.values()] };
  }

  sources(): readonly DefinitionSource[] {
    return [...this.#disk.tables.sources.values()];
  }

  instances(): readonly StoredInstance[] {
    return [...this.#disk.tables.instances.values()];
  }

  hosts(): readonly StoredHost[] {
    return [...this.#disk.tables.hosts.values()];
  }

  lastSeq(): number {
    return this.#disk.tables.events.at(-1)?.seq ?? 0;
  }

  changeConfiguration(change: ConfigurationChange): void {
    this.#commit('changeConfiguration', (tables) => {
      for (const type of change.saveTypes ?? []) tables.types.set(type.name, type);
      for (const group of change.saveGroups ?? []) tables.groups.set(group.name, group);
      for (const resource of change.saveResources ?? []) tables.resources.set(resource.name, resource);
      for (const source of change.sources ?? []) tables.sources.set(`${source.what} ${source.name}`, source);
      for (const name of change.wantOnline ?? []) want(tables.instances, name, 'Online');
      for (const name of change.deleteResources ?? []) {
        leave(tables.instances, name, tables.resources.get(name) ?? null);
        tables.resources.delete(name);
      }
      for (const name of change.deleteGroups ?? []) tables.groups.delete(name);
      for (const name of change.deleteTypes ?? []) tables.types.delete(name);
    });
    this.#sync();
  }

  saveWanted(names: readonly string[], wanted: WantedState): void {
    this.#commit('saveWanted', ({ instances }) => {
      for (const name of names) want(instances, name, wanted);
    });
    this.#sync();
  }

  saveIncarnation(name: string, incarnation: number): void {
    this.#commit('saveIncarnation', ({ instances }) => {
      instances.set(name, { ...(instances.get(name) ?? untouched(name)), incarnation, phase: 'onlineCalled' });
    });
  }

  deleteInstance(name: string): void {
    this.#commit('deleteInstance', ({ instances }) => forget(instances, name));
  }

  saveHost(host: StoredHost): void {
    this.#life.tell(`saves host ${host.hostId} pid ${host.identity.pid}`);
    this.#commit('saveHost', ({ hosts }) => hosts.set(host.hostId, host));
  }

  deleteHost(hostId: string): void {
    this.#life.tell(`forgets host ${hostId}`);
    this.#commit('deleteHost', ({ hosts }) => hosts.delete(hostId));
  }

  append(instances: readonly StoredInstance[], events: readonly AndonEvent[]): void {
    if (instances.length === 0 && events.length === 0) return;
    this.#commit('append', (tables) => {
      for (const instance of instances) tables.instances.set(instance.name, instance);
      tables.events.push(...events);
    });
  }

  events({ afterSeq = 0, sinceWallMs = 0, resource, about, limit }: EventQuery): readonly AndonEvent[] {
    const isWanted = (event: AndonEvent): boolean => {
      if (about) return event.seq <= about.untilSeq && (event.host === about.host || about.resources.includes(event.resource ?? ''));
      return event.seq > afterSeq && Date.parse(event.at) >= sinceWallMs && (resource === undefined || event.resource === resource);
    };
    const found = this.#disk.tables.events.slice(-2_000).filter(isWanted);
    return about ? found.slice(-limit) : found.slice(0, limit);
  }

  keepEvents(_settings: Settings['events']): void {}

  close(): void {
    this.#sync();
  }

  #commit(what: string, transaction: Transaction): void {
    this.#life.passage(`before store ${what}`);
    if (!this.#life.isAlive) return;
    if (this.#disk.isRefusing) throw new StoreTrouble('database or disk is full');
    this.#disk.commit(transaction);
    this.#syncSoon();
    this.#life.passage(`after store ${what}`);
  }

  #sync(): void {
    if (this.#life.isAlive) this.#disk.sync();
  }

  #syncSoon(): void {
    if (this.#syncIsDue) return;
    this.#syncIsDue = true;
    this.#life.loop.after(SYNC_AFTER_MS, () => {
      this.#syncIsDue = false;
      this.#sync();
    });
  }
}

function want(instances: Map<string, StoredInstance>, name: string, wanted: WantedState): void {
  instances.set(name, { ...(instances.get(name) ?? untouched(name)), wanted });
}

/** Its host may still have it. */
function leave(instances: Map<string, StoredInstance>, name: string, leaving: ResourceDefinition | null): void {
  const stored = instances.get(name);
  if (stored) instances.set(name, { ...stored, wanted: 'Offline', leaving });
}

/** Its incarnation stays, for a next resource of that name. */
function forget(instances: Map<string, StoredInstance>, name: string): void {
  const stored = instances.get(name);
  if (stored) instances.set(name, { ...untouched(name), incarnation: stored.incarnation });
}

/** A row that only a wanted state or an incarnation made. */
function untouched(name: string): StoredInstance {
  return {
    name,
    wanted: 'Offline',
    incarnation: 0,
    phase: 'closed',
    next: 'online',
    recover: false,
    opened: false,
    terminatedIncarnation: 0,
    hostId: '',
    restarts: 0,
    failures: [],
    contract: null,
    lastFailure: null,
    leaving: null,
  };
}
