import { AndonError } from '@andon/protocol';
import {
  type Clock,
  type ConfigurationChange,
  type ConfigurationFiles,
  type Processes,
  type Store,
  StoreTrouble,
} from '../../ports/index.ts';
import type { HostDirectory } from '../hosts/host-directory.ts';
import type { Coordinator } from '../monitor/coordinator.ts';
import type { Journal } from '../monitor/journal.ts';
import type { ManagedResource } from '../monitor/managed-resource.ts';
import type { Monitor } from '../monitor/monitor.ts';
import type { Registry } from '../monitor/registry.ts';
import type { LiveSettings } from '../settings.ts';
import type { Configuring } from './configuring.ts';

/** Who and where this daemon is. */
export interface DaemonFacts {
  readonly version: string;
  readonly pid: number;
  readonly scope: 'system' | 'user' | 'custom';
  readonly runtimeDir: string;
  readonly stateDir: string;
  readonly storePath: string;
  readonly startedAtWallMs: number;
  readonly serviceManager: 'systemd' | null;
  hostLog(hostId: string): string;
  /** Where a host puts what the program of this resource prints, if it runs one. */
  applicationLog(resource: string): string;
}

/** `leaveResources`: they run on. `restart`: the service manager is to start the next daemon. */
export interface Ending {
  readonly leaveResources: boolean;
  readonly restart: boolean;
}

/** What the requests of administrators work on. */
export interface Context {
  readonly facts: DaemonFacts;
  readonly clock: Clock;
  readonly store: Store;
  readonly processes: Processes;
  readonly registry: Registry;
  readonly journal: Journal;
  readonly coordinator: Coordinator;
  readonly monitor: Monitor;
  readonly hosts: HostDirectory;
  readonly files: ConfigurationFiles;
  readonly settings: LiveSettings;
  readonly configuring: Configuring;
  /** Runs what reads the configuration anew; whoever runs the daemon as a service is told before and after. */
  whileReloading<T>(action: () => Promise<T>): Promise<T>;
  /** Begins the end of the daemon. */
  shutdown(how: Ending): void;
  /** Calls back once when the resource is gone. */
  onRemoved(resource: ManagedResource, listener: () => void): void;
  isStopping(): boolean;
}

/** Writes to the store or refuses the request with nothing changed. */
export function durably<T>(context: Context, write: (store: Store) => T): T {
  try {
    return write(context.store);
  } catch (error) {
    if (!(error instanceof StoreTrouble)) throw error;
    const { storePath, stateDir } = context.facts;
    throw new AndonError('storeReadOnly', { path: storePath, reason: error.message, directory: stateDir }, { cause: error });
  }
}

export function saveConfiguration(context: Context, change: ConfigurationChange): void {
  durably(context, (store) => store.changeConfiguration(change));
}

/** Refuses to begin anything while the daemon is stopping. */
export function refuseWhileStopping(context: Context, request: string): void {
  if (context.isStopping()) throw new AndonError('shuttingDown', { request });
}
