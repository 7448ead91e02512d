import { TypeDefinition } from '@andon/protocol';
import type { Clock, Store, StoredHost, StoredInstance } from '../ports/index.ts';
import type { HostDirectory } from './hosts/host-directory.ts';
import { ownHostId } from './hosts/host-id.ts';
import type { HostSlot } from './hosts/host-slot.ts';
import type { Journal } from './monitor/journal.ts';
import { fromStored, type ManagedResource } from './monitor/managed-resource.ts';
import type { Monitor } from './monitor/monitor.ts';
import type { Registry } from './monitor/registry.ts';
import type { TolerantStore } from './tolerant-store.ts';

export interface InheritanceParts {
  readonly clock: Clock;
  readonly configuration: Pick<Store, 'configuration' | 'sources'>;
  readonly store: TolerantStore;
  readonly registry: Registry;
  readonly journal: Journal;
  readonly monitor: Monitor;
  readonly hosts: HostDirectory;
}

/** Stands for the type of a host whose types are no longer registered; none of it is ever started. */
const FORGOTTEN = TypeDefinition.parse({ name: 'forgotten', command: ['forgotten'] });

/** What the daemon before left: its configuration, what became of each resource, and the hosts that live on. */
export class Inheritance {
  readonly #parts: InheritanceParts;

  constructor(parts: InheritanceParts) {
    this.#parts = parts;
  }

  /** Reads all of it. Nothing happens yet. */
  load(): void {
    const { configuration, registry, store } = this.#parts;
    const { types, groups, resources } = configuration.configuration();
    for (const type of types) registry.types.set(type.name, type);
    for (const group of groups) registry.groups.set(group.name, group);
    for (const definition of resources) registry.add(definition);
    for (const { what, name, file } of configuration.sources()) registry.sources.set(what, name, file);
    for (const stored of store.instances()) {
      const resource = registry.resources.get(stored.name) ?? this.#leaving(stored);
      if (resource) this.#take(resource, stored);
      else registry.beginAbove(stored.name, stored.incarnation);
    }
    for (const { hostId } of store.hosts()) this.#giveOwnHost(hostId);
  }

  /** Finds the hosts of before, and goes on with what was left undone. */
  async adopt(): Promise<void> {
    const { registry, store, monitor } = this.#parts;
    const found = new Set<string>();
    // Every slot knows of its host before any resource asks for one: a second process would be started beside a living host.
    const adoptions = store.hosts().map((stored) => {
      found.add(stored.hostId);
      return this.#slotFor(stored).adopt(stored);
    });
    const atMs = this.#parts.clock.monotonicMs();
    for (const name of registry.resources.keys()) monitor.deliver(name, { kind: 'resumed', atMs });
    for (const { name, isLeaving } of registry.resources.values()) if (isLeaving) monitor.deliver(name, { kind: 'remove', atMs });
    await Promise.all(adoptions);
    for (const { name, hostId } of registry.resources.values()) if (!found.has(hostId)) this.#tellHostGone(name);
  }

  /** A resource that was being removed: the configuration is without it, its host may not be. */
  #leaving({ leaving }: StoredInstance): ManagedResource | undefined {
    const { registry } = this.#parts;
    if (!leaving || !registry.types.has(leaving.type)) return undefined;
    // What it needed may be gone, and is not asked for any more.
    const resource = registry.add({ ...leaving, dependsOn: '' });
    resource.isLeaving = true;
    return resource;
  }

  #take(resource: ManagedResource, stored: StoredInstance): void {
    resource.isNew = false;
    resource.instance = fromStored(stored, this.#parts.journal.wallOffsetMs);
    resource.wanted = stored.wanted;
    resource.separated = stored.hostId === ownHostId(resource.definition.type, resource.name);
    if (stored.hostId !== '') resource.hostId = stored.hostId;
  }

  /** A resource that was kept apart right before the end: its host was written down, and where it is now was not. */
  #giveOwnHost(hostId: string): void {
    const { registry, monitor } = this.#parts;
    if (monitor.resourcesOf(hostId).length > 0) return;
    for (const resource of registry.resources.values()) {
      if (hostId !== ownHostId(resource.definition.type, resource.name)) continue;
      resource.separated = true;
      resource.hostId = hostId;
    }
  }

  /** Also where nothing uses it any more: what it still has is ended, and nothing starts beside it. */
  #slotFor({ hostId, types }: StoredHost): HostSlot {
    const { registry, monitor, hosts } = this.#parts;
    const [first = ''] = monitor.resourcesOf(hostId);
    const resource = registry.resources.get(first);
    if (resource) return monitor.slotOf(resource);
    const known = types.flatMap((name) => registry.types.get(name) ?? []);
    return hosts.add(hostId, known[0] ?? FORGOTTEN);
  }

  #tellHostGone(name: string): void {
    const { clock, monitor } = this.#parts;
    const atMs = clock.monotonicMs();
    monitor.deliver(name, { kind: 'hostLost', atMs, blamed: false, reason: 'its host is gone', source: 'hostExited' });
  }
}
