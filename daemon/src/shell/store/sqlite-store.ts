import type { DatabaseSync } from 'node:sqlite';
import { type Settings, AndonError, type AndonEvent, type WantedState } from '@andon/protocol';
import type {
  Clock,
  ConfigurationChange,
  Definitions,
  DefinitionSource,
  EventQuery,
  Store,
  StoredHost,
  StoredInstance,
} from '../../ports/index.ts';
import { errorText } from '../posix/error-code.ts';
import { EventHistory } from './event-history.ts';
import { openDatabase, refusal } from './open-database.ts';
import { BadRow, readConfiguration, readHost, readInstance, readSource } from './rows.ts';
import { prepareStatements } from './statements.ts';
import { asStoreTrouble, isDamage } from './store-trouble.ts';
import { WriteAheadSync } from './write-ahead-sync.ts';

/** The store as one SQLite file. Reading a definition that fails its schema throws AndonError `storeDamaged`. */
export class SqliteStore implements Store {
  readonly epoch: number;
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #history: EventHistory;
  readonly #sync: WriteAheadSync;
  #lastSeq: number;
  #closed = false;

  /**
   * Opens the store, or makes a new one where there is none.
   *
   * @throws AndonError `storeDamaged` | `storeNewer` | `storeReadOnly`; the file is then as it was
   */
  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#database = openDatabase(path);
    this.#sync = new WriteAheadSync(`${path}-wal`, clock);
    try {
      this.#statements = prepareStatements(this.#database);
      this.#history = new EventHistory(this.#database);
      this.#lastSeq = this.#history.newest();
      this.epoch = this.#raiseEpoch();
    } catch (error) {
      this.close();
      throw refusal(error, path);
    }
  }

  configuration(): Definitions {
    const { types, groups, resources } = this.#statements;
    return this.#reading(() => readConfiguration({ types: types.all(), groups: groups.all(), resources: resources.all() }));
  }

  sources(): readonly DefinitionSource[] {
    return this.#reading(() => this.#statements.sources.all().map(readSource));
  }

  instances(): readonly StoredInstance[] {
    return this.#reading(() => this.#statements.instances.all().map(readInstance));
  }

  hosts(): readonly StoredHost[] {
    return this.#reading(() => this.#statements.hosts.all().map(readHost));
  }

  lastSeq(): number {
    return this.#lastSeq;
  }

  changeConfiguration(change: ConfigurationChange): void {
    const use = this.#statements;
    this.#durably(() => {
      for (const type of change.saveTypes ?? []) use.saveType.run(type.name, JSON.stringify(type));
      for (const group of change.saveGroups ?? []) use.saveGroup.run(group.name, JSON.stringify(group));
      for (const resource of change.saveResources ?? []) use.saveResource.run(resource.name, JSON.stringify(resource));
      for (const { what, name, file } of change.sources ?? []) {
        ({ type: use.saveTypeSource, group: use.saveGroupSource, resource: use.saveResourceSource })[what].run(file, name);
      }
      for (const name of change.wantOnline ?? []) use.saveWanted.run(name, 'Online');
      for (const name of change.deleteResources ?? []) {
        use.markLeaving.run(name, name);
        use.deleteResource.run(name);
      }
      for (const name of change.deleteGroups ?? []) use.deleteGroup.run(name);
      for (const name of change.deleteTypes ?? []) use.deleteType.run(name);
    });
  }

  /** What the administrator wants is as durable as what he configured. */
  saveWanted(names: readonly string[], wanted: WantedState): void {
    this.#durably(() => {
      for (const name of names) this.#statements.saveWanted.run(name, wanted);
    });
  }

  saveIncarnation(name: string, incarnation: number): void {
    this.#writing(() => this.#statements.saveIncarnation.run(name, incarnation));
  }

  deleteInstance(name: string): void {
    this.#writing(() => this.#statements.deleteInstance.run(name));
  }

  saveHost(host: StoredHost): void {
    this.#writing(() => this.#statements.saveHost.run(host.hostId, JSON.stringify(host)));
  }

  deleteHost(hostId: string): void {
    this.#writing(() => this.#statements.deleteHost.run(hostId));
  }

  append(instances: readonly StoredInstance[], events: readonly AndonEvent[]): void {
    if (instances.length === 0 && events.length === 0) return;
    this.#transaction(() => {
      for (const instance of instances) this.#saveInstance(instance);
      this.#history.append(events);
    });
    this.#lastSeq = events.at(-1)?.seq ?? this.#lastSeq;
  }

  events(query: EventQuery): readonly AndonEvent[] {
    return this.#reading(() => this.#history.query(query));
  }

  keepEvents(events: Settings['events']): void {
    this.#history.keep(events);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#sync.stop();
    this.#database.close();
  }

  #saveInstance({ name, wanted, incarnation, phase, ...record }: StoredInstance): void {
    this.#statements.saveInstance.run(name, wanted, incarnation, phase, JSON.stringify(record));
  }

  /** A disk that takes nothing does not keep the daemon from starting; then the number is the right one, but not kept. */
  #raiseEpoch(): number {
    const epoch = (): number => Number(this.#statements.epoch.get()?.['value']);
    const before = this.#reading(epoch);
    try {
      this.#writing(() => this.#statements.raiseEpoch.run());
    } catch {
      // The first append meets the same trouble and is told.
    }
    return before + 1;
  }

  #durably(action: () => void): void {
    this.#database.exec('PRAGMA synchronous = FULL');
    try {
      this.#transaction(action);
    } finally {
      this.#database.exec('PRAGMA synchronous = NORMAL');
    }
  }

  #transaction(action: () => void): void {
    this.#writing(() => {
      this.#statements.begin.run();
      try {
        action();
        this.#statements.commit.run();
      } catch (error) {
        // SQLite rolls back by itself where the disk is full.
        if (this.#database.isTransaction) this.#statements.rollback.run();
        throw error;
      }
    });
  }

  #writing(action: () => void): void {
    try {
      action();
    } catch (error) {
      throw asStoreTrouble(error);
    }
    this.#sync.soon();
  }

  #reading<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (error instanceof BadRow || isDamage(error))
        throw new AndonError('storeDamaged', { path: this.#path, reason: errorText(error) }, { cause: error });
      throw asStoreTrouble(error);
    }
  }
}
