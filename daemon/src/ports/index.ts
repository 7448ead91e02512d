export type { Clock, Timer } from './clock.ts';
export type { ConfigurationContents, ConfigurationFiles } from './configuration.ts';
export type { EventHandle, EventHandles } from './event-handles.ts';
export type { IncidentDraft, Incidents } from './incidents.ts';
export type { Log } from './log.ts';
export type { HostCommand, HostProcess, ProcessExit, ProcessIdentity, Processes, SpawnFailure } from './processes.ts';
export type { Random } from './random.ts';
export type { ServiceManager } from './service-manager.ts';
export type { Unsaved, UnsavedNotes } from './unsaved.ts';
export {
  type ConfigurationChange,
  type Definitions,
  type DefinitionSource,
  type EventQuery,
  type Store,
  type StoredHost,
  type StoredInstance,
  StoreTrouble,
} from './store.ts';
