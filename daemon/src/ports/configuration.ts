import type { Configuration, ErrorSubject, Place, Settings } from '@andon/protocol';
import type { DefinitionSource } from './store.ts';

/** The directory in which people keep the configuration as files. */
export interface ConfigurationFiles {
  readonly directory: string;
  /** Throws AndonError with the place of the first mistake, whatever else is good. */
  read(): Promise<ConfigurationContents>;
}

export interface ConfigurationContents {
  /** False: there is no such directory. */
  readonly exists: boolean;
  readonly settings: Settings;
  readonly configuration: Configuration;
  /** File of each definition. */
  readonly sources: readonly DefinitionSource[];
  readonly warnings: readonly string[];
  /** Where a definition, or a key of it, stands. */
  place(subject: ErrorSubject): Place | null;
}
