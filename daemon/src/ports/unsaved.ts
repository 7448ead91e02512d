import type { StoredHost } from './store.ts';

/** What the store refused, and a next daemon of this boot must know all the same: without it it would start a second host beside a living one. */
export interface Unsaved {
  readonly hosts: readonly StoredHost[];
  /** Hosts that the store still names and that are gone. */
  readonly goneHosts: readonly string[];
  /** Numbers of onlines that were called. */
  readonly incarnations: Readonly<Record<string, number>>;
}

/** A place for it beside the disk of the store; what lies there does not survive the machine, and neither do the hosts. */
export interface UnsavedNotes {
  /** Empty where nothing was kept, or nobody can read it any more. */
  read(): Unsaved;
  /** Takes the place of what was kept before. Never throws. False: this place takes nothing either. */
  keep(unsaved: Unsaved): boolean;
}
