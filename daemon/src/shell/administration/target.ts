import type { Configuration } from '@andon/protocol';
import type { DefinitionSource } from '../../ports/index.ts';
import type { ManagedResource } from '../monitor/managed-resource.ts';

export type What = DefinitionSource['what'];

/** What the configuration is to become. */
export interface Target {
  readonly configuration: Configuration;
  /** Files of the definitions; null: they come by command, and the files of others stay what they are. */
  readonly sources: readonly DefinitionSource[] | null;
  /** Whether something that the configuration does not name goes. Built-in types never do. */
  mayRemove(what: What, name: string): boolean;
  /** Whether a resource may go without `force`. */
  isIdle(resource: ManagedResource): boolean;
  readonly force: boolean;
}

/** What is no longer there then, by name. */
export interface Gone {
  readonly types: readonly string[];
  readonly groups: readonly string[];
  readonly resources: readonly string[];
}
