import type { AndonEvent, GroupDefinition, ResourceDefinition, TypeDefinition } from '@andon/protocol';
import type { DefinitionSource, StoredHost, StoredInstance } from '../../../daemon/src/ports/index.ts';

/** Everything that the store of a daemon holds. */
export interface Tables {
  epoch: number;
  readonly types: Map<string, TypeDefinition>;
  readonly groups: Map<string, GroupDefinition>;
  readonly resources: Map<string, ResourceDefinition>;
  readonly sources: Map<string, DefinitionSource>;
  readonly instances: Map<string, StoredInstance>;
  readonly hosts: Map<string, StoredHost>;
  readonly events: AndonEvent[];
}

export type Transaction = (tables: Tables) => void;

/** Older events are forgotten, so that a simulated year does not fill a real memory. */
const KEPT_EVENTS = 20_000;

/** The disk under the store. What was committed survives the process; what was synced survives the machine. */
export class Disk {
  /** It takes no write. */
  isRefusing = false;
  readonly tables: Tables = noTables();
  readonly #synced: Tables = noTables();
  /** Committed and not synced yet, in order. */
  #unsynced: Transaction[] = [];

  commit(transaction: Transaction): void {
    transaction(this.tables);
    trim(this.tables.events);
    this.#unsynced.push(transaction);
  }

  /** The log in front of the tables is one file: whatever was committed before is on the disk too. */
  sync(): void {
    for (const transaction of this.#unsynced.splice(0)) transaction(this.#synced);
    trim(this.#synced.events);
  }

  /** Power is cut: of what was not synced, the first `survivors` transactions are found again. */
  lose(survivors: number): void {
    this.#unsynced.splice(survivors);
    this.sync();
    Object.assign(this.tables, copyOf(this.#synced));
  }

  get unsynced(): number {
    return this.#unsynced.length;
  }
}

function noTables(): Tables {
  return {
    epoch: 0,
    types: new Map(),
    groups: new Map(),
    resources: new Map(),
    sources: new Map(),
    instances: new Map(),
    hosts: new Map(),
    events: [],
  };
}

function copyOf({ epoch, types, groups, resources, sources, instances, hosts, events }: Tables): Tables {
  return {
    epoch,
    types: new Map(types),
    groups: new Map(groups),
    resources: new Map(resources),
    sources: new Map(sources),
    instances: new Map(instances),
    hosts: new Map(hosts),
    events: [...events],
  };
}

function trim(events: AndonEvent[]): void {
  if (events.length > 2 * KEPT_EVENTS) events.splice(0, events.length - KEPT_EVENTS);
}
