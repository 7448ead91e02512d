import { AndonError, type TypeDefinition } from '@andon/protocol';
import type { Connection, ConnectionListener } from '@andon/protocol/node';
import type { Context, DaemonFacts, Ending } from './administration/context.ts';
import type {
  Clock,
  ConfigurationContents,
  ConfigurationFiles,
  EventHandles,
  Incidents,
  Log,
  Processes,
  Random,
  ServiceManager,
  Store,
  UnsavedNotes,
} from '../ports/index.ts';
import { Configuring } from './administration/configuring.ts';
import { reload, takeAtStart } from './administration/reload.ts';
import { ControlSession } from './control/control-session.ts';
import { HostDirectory } from './hosts/host-directory.ts';
import type { HostEnvironment } from './hosts/host-plan.ts';
import type { Host } from './hosts/host-owner.ts';
import { StartGate } from './hosts/start-gate.ts';
import { Coordinator } from './monitor/coordinator.ts';
import { Journal } from './monitor/journal.ts';
import type { ManagedResource } from './monitor/managed-resource.ts';
import { Monitor } from './monitor/monitor.ts';
import { Registry } from './monitor/registry.ts';
import { Inheritance } from './inheritance.ts';
import { ServiceReporter } from './service-reporter.ts';
import type { LiveSettings } from './settings.ts';
import { Shutdown } from './shutdown.ts';
import { TolerantStore } from './tolerant-store.ts';

/** Everything the daemon has of the world, and everything that is decided outside it. */
export interface DaemonParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly processes: Processes;
  readonly eventHandles: EventHandles;
  readonly store: Store;
  readonly unsaved: UnsavedNotes;
  readonly serviceManager: ServiceManager;
  readonly incidents: Incidents;
  readonly facts: DaemonFacts;
  readonly environment: HostEnvironment;
  readonly builtInTypes: readonly TypeDefinition[];
  /** Hosts that may start at once. */
  readonly startingHosts: number;
  readonly settings: LiveSettings;
  readonly files: ConfigurationFiles;
  /** The daemon has ended what it had to, and its process is to end with this code. */
  ended(exitCode: number): void;
}

/** The resource monitor without its sockets: what it knows, what it does, how it begins and ends. */
export class Daemon {
  readonly #parts: DaemonParts;
  readonly #registry: Registry;
  readonly #journal: Journal;
  readonly #coordinator: Coordinator;
  readonly #monitor: Monitor;
  readonly #hosts: HostDirectory;
  readonly #store: TolerantStore;
  readonly #context: Context;
  readonly #reporter: ServiceReporter;
  readonly #removals = new Map<ManagedResource, (() => void)[]>();
  readonly #shutdown: Shutdown;
  readonly #inheritance: Inheritance;

  constructor(parts: DaemonParts) {
    const { clock, random, log, store, processes, facts } = parts;
    this.#parts = parts;
    this.#registry = new Registry(parts.builtInTypes);
    this.#journal = new Journal(clock, log, store, (resource) => this.#registry.resources.get(resource)?.definition.type);
    this.#store = new TolerantStore(store, parts.unsaved, log);
    this.#reporter = new ServiceReporter({
      clock,
      log,
      manager: parts.serviceManager,
      resources: () => this.#registry.resources.values(),
    });
    this.#journal.follow(({ kind }) => {
      this.#reporter.changed();
      if (kind === 'storeRecovered') this.#store.makeUp();
    });
    this.#monitor = new Monitor({
      clock,
      random,
      registry: this.#registry,
      journal: this.#journal,
      saveIncarnation: (name, incarnation) => this.#store.saveIncarnation(name, incarnation),
      hosts: () => this.#hosts,
      coordinator: () => this.#coordinator,
      removed: (resource) => this.#removed(resource),
      separate: (slot, resources) => this.#separate(slot, resources),
    });
    this.#coordinator = new Coordinator(this.#registry, clock, this.#journal, (name, event) => this.#monitor.deliver(name, event));
    this.#hosts = new HostDirectory(
      {
        clock,
        random,
        log,
        processes,
        eventHandles: parts.eventHandles,
        store: this.#store,
        incidents: parts.incidents,
        environment: parts.environment,
        gate: new StartGate(parts.startingHosts),
        epoch: store.epoch,
        get orphanPeriodMs() {
          return parts.settings.current.daemon['orphan-period-ms'];
        },
      },
      this.#monitor,
      (reason) => this.#journal.publish('helloRefused', { reason }),
    );
    this.#inheritance = new Inheritance({
      clock,
      configuration: store,
      store: this.#store,
      registry: this.#registry,
      journal: this.#journal,
      monitor: this.#monitor,
      hosts: this.#hosts,
    });
    this.#context = {
      facts,
      clock,
      store,
      processes,
      registry: this.#registry,
      journal: this.#journal,
      coordinator: this.#coordinator,
      monitor: this.#monitor,
      hosts: this.#hosts,
      files: parts.files,
      settings: parts.settings,
      configuring: new Configuring(),
      whileReloading: (action) => this.#reporter.reloading(action),
      shutdown: (ending) => this.stop(ending.leaveResources ? 'asked to leave the resources' : 'asked by the administrator', ending),
      onRemoved: (resource, listener) => this.#removals.set(resource, [...(this.#removals.get(resource) ?? []), listener]),
      isStopping: () => this.#shutdown.hasBegun,
    };
    this.#shutdown = new Shutdown({
      clock,
      journal: this.#journal,
      registry: this.#registry,
      coordinator: this.#coordinator,
      monitor: this.#monitor,
      hosts: this.#hosts,
      reporter: this.#reporter,
      limitMs: () => parts.settings.current.daemon['stop-limit-ms'],
      ended: (exitCode) => parts.ended(exitCode),
    });
  }

  /** Reads what the daemon before left: configuration and instances. Nothing happens yet. */
  load(): void {
    this.#inheritance.load();
  }

  /** Finds the hosts of the daemon before. Only then may they be let in: one that is not expected is turned away. */
  async adopt(): Promise<void> {
    const { facts, store } = this.#parts;
    this.#journal.publish('daemonStarted', { version: facts.version, pid: facts.pid, epoch: store.epoch });
    await this.#inheritance.adopt();
  }

  /** Takes what the configuration directory says, or why it could not be read. */
  configure(contents: ConfigurationContents | AndonError): void {
    takeAtStart(this.#context, contents);
  }

  /** Reads the configuration directory again. What came of it is in the log and the events. */
  reload(): void {
    reload(this.#context, { dryRun: false, force: false }).catch((error: unknown) => {
      if (!(error instanceof AndonError)) this.trouble(error);
    });
  }

  /** Brings everything to what is wanted. */
  begin(): void {
    this.#coordinator.begin();
  }

  /** Administrators are answered: whoever waited for the service may go on. */
  ready(): void {
    this.#reporter.ready();
  }

  /** `peerUid`: the user who connected, null where the kernel does not tell. */
  admitHost(connection: Connection, peerUid: number | null = null): ConnectionListener {
    return this.#hosts.admit(connection, peerUid);
  }

  admitAdministrator(connection: Connection): ConnectionListener {
    return new ControlSession(connection, 'administrator', this.#context, (error) => this.trouble(error));
  }

  admitObserver(connection: Connection): ConnectionListener {
    return new ControlSession(connection, 'observer', this.#context, (error) => this.trouble(error));
  }

  /** A peer broke its connection or the framing, which is its own affair; anything else is ours. */
  connectionTrouble(error: Error): void {
    if (!('code' in error)) return this.trouble(error);
    const facts = { code: error.code, error: error.message };
    // A peer that goes away is nothing to tell; one that cannot write frames wants its author to know why it was cut off.
    if (/^E[A-Z]+$/.test(String(error.code))) return this.#parts.log.debug(facts, 'a connection ended in trouble');
    return this.#parts.log.warn(facts, 'a peer broke the framing; its connection was closed');
  }

  /** Something threw that should not have. Logged, never fatal: resources depend on this process. */
  trouble(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#parts.log.error({ error: text }, 'internal error');
  }

  /** See `Shutdown.begin`. */
  stop(reason: string, ending: Ending): void {
    this.#shutdown.begin(reason, ending);
  }

  /** See `Shutdown.leave`. */
  leave(): void {
    this.#shutdown.leave();
  }

  #removed(resource: ManagedResource): void {
    const { name, hostId, definition } = resource;
    this.#registry.remove(name);
    this.#journal.forget(name);
    this.#store.deleteInstance(name);
    this.#journal.publish('resourceRemoved', {}, { resource: name });
    const left = this.#monitor.resourcesOf(hostId);
    if (left.length === 0) void this.#hosts.retire(hostId);
    else if (!left.some((other) => this.#monitor.typeOf(other) === definition.type))
      this.#hosts.slots.get(hostId)?.connection.startups.forget(definition.type);
    for (const listener of this.#removals.get(resource) ?? []) listener();
    this.#removals.delete(resource);
  }

  #separate(slot: Host, names: readonly string[]): void {
    for (const name of names) {
      const resource = this.#registry.resources.get(name);
      if (!resource) continue;
      resource.separated = true;
      resource.hostId = this.#registry.hostIdOf(resource);
      this.#journal.publish('hostSeparated', { from: slot.hostId }, { resource: name, host: resource.hostId });
    }
  }
}
