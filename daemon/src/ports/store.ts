import type {
  AndonEvent,
  Configuration,
  GroupDefinition,
  ResourceDefinition,
  Settings,
  TypeDefinition,
  WantedState,
} from '@andon/protocol';
import type { Failure } from '../core/life-cycle/instance.ts';
import type { Next, Phase } from '../core/life-cycle/phases.ts';
import type { OnlineContract } from '../core/poll-schedule.ts';
import type { ProcessIdentity } from './processes.ts';

/** What must survive the daemon about one resource, besides its definition. Times are wall-clock ms. */
export interface StoredInstance {
  readonly name: string;
  readonly wanted: WantedState;
  /** Number of its last online; 0 = never. */
  readonly incarnation: number;
  readonly phase: Phase;
  readonly next: Next;
  readonly recover: boolean;
  readonly opened: boolean;
  readonly terminatedIncarnation: number;
  readonly hostId: string;
  readonly restarts: number;
  /** The failures that count. */
  readonly failures: readonly number[];
  readonly contract: OnlineContract | null;
  readonly lastFailure: Failure | null;
  /** Its definition, from when the configuration is without it until its host has let it go. */
  readonly leaving: ResourceDefinition | null;
}

/** A host that a next daemon may adopt. */
export interface StoredHost {
  readonly hostId: string;
  readonly identity: ProcessIdentity;
  readonly token: string;
  readonly startedAtMs: number;
  /** Types it was started up for. */
  readonly types: readonly string[];
  /** Names of the event handles beyond the first. */
  readonly eventHandles: readonly string[];
}

export interface EventQuery {
  readonly afterSeq?: number | undefined;
  readonly sinceWallMs?: number | undefined;
  readonly resource?: string | undefined;
  /** The newest that concern this host or these resources up to a number, looked for among the last few thousand only. */
  readonly about?: { readonly host: string; readonly resources: readonly string[]; readonly untilSeq: number } | undefined;
  readonly limit: number;
}

/**
 * What survives the daemon. All calls are synchronous and throw `StoreTrouble` when the disk refuses; the caller decides
 * whether that refuses a request or is carried on in memory. Configuration is durable when a call returns; the rest
 * survives the end of the process, and the end of the machine up to the last second.
 */
export interface Store {
  /** Grows by one with every opening of the store. */
  readonly epoch: number;
  configuration(): Definitions;
  /** The definitions that came from files, with them. */
  sources(): readonly DefinitionSource[];
  instances(): readonly StoredInstance[];
  hosts(): readonly StoredHost[];
  /** Number of the newest event; 0 = none. */
  lastSeq(): number;

  /** Everything in one transaction: all of it or nothing. */
  changeConfiguration(change: ConfigurationChange): void;
  saveWanted(names: readonly string[], wanted: WantedState): void;
  /** Also marks the resource as being called online, so that a daemon that dies now is followed by one that knows. */
  saveIncarnation(name: string, incarnation: number): void;
  /** Of a resource that its host has let go. `instances` goes on to tell its incarnation, so that a next one of that name begins above it. */
  deleteInstance(name: string): void;
  saveHost(host: StoredHost): void;
  deleteHost(hostId: string): void;
  /** What one turn of the loop left to write, in one transaction. */
  append(instances: readonly StoredInstance[], events: readonly AndonEvent[]): void;
  events(query: EventQuery): readonly AndonEvent[];
  /** How much history is kept from now on. */
  keepEvents(settings: Settings['events']): void;
  close(): void;
}

/** The configuration without what is wanted, which is known of every resource. */
export type Definitions = Omit<Configuration, 'online'>;

/** The file of the configuration directory that a definition came from; null: it was given by command. */
export interface DefinitionSource {
  readonly what: 'type' | 'group' | 'resource';
  readonly name: string;
  readonly file: string | null;
}

export interface ConfigurationChange {
  readonly saveTypes?: readonly TypeDefinition[];
  readonly deleteTypes?: readonly string[];
  readonly saveGroups?: readonly GroupDefinition[];
  readonly deleteGroups?: readonly string[];
  readonly saveResources?: readonly ResourceDefinition[];
  /** What is known of them stays until `deleteInstance`, marked as leaving. */
  readonly deleteResources?: readonly string[];
  /** Of definitions that are stored, by this change or before. */
  readonly sources?: readonly DefinitionSource[];
  /** Resources that are wanted Online from the start. */
  readonly wantOnline?: readonly string[];
}

/** The disk is full, read-only or failing. */
export class StoreTrouble extends Error {
  override readonly name = 'StoreTrouble';
}
