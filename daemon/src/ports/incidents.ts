import type { Incident } from '@andon/protocol';

/** An incident before it has a name and the last lines of its log, which are read when it is kept. */
export type IncidentDraft = Omit<Incident, 'version' | 'id' | 'andon' | 'log' | 'alike'> & { readonly logPath: string };

/** Where evidence is kept for whoever asks later what happened. */
export interface Incidents {
  /**
   * Keeps it, later and off the turn. Answers its id once it can be read; null when there were too many like it, or when the disk
   * refused, which is told and never thrown.
   */
  keep(draft: IncidentDraft): Promise<string | null>;
}
