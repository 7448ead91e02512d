import type { StatusDocument } from '@andon/protocol';
import type { Place, PlaceFlags } from '../connection/places.ts';

export interface Check {
  readonly name: string;
  readonly result: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** A command to type, with a word before it where that is needed; empty when all is well. */
  readonly remedy: string;
}

/** What every check may know. */
export interface Patient {
  readonly flags: PlaceFlags;
  readonly place: Place;
  /** Null when no daemon answers. */
  readonly status: StatusDocument | null;
  /** Of the daemon, be it that it answers or only holds its lock. */
  readonly pid: number | null;
  readonly runtimeDir: string;
  readonly stateDir: string;
  readonly configDir: string;
}

export function ok(name: string, detail: string): Check {
  return { name, result: 'ok', detail, remedy: '' };
}
export function warn(name: string, detail: string, remedy: string): Check {
  return { name, result: 'warn', detail, remedy };
}
export function fail(name: string, detail: string, remedy: string): Check {
  return { name, result: 'fail', detail, remedy };
}

/** A path as it can be typed in a shell. */
export function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** The first few of many, and how many more there are. */
export function some(words: readonly string[], most = 5): string {
  const rest = words.length - most;
  return rest > 0 ? `${words.slice(0, most).join(', ')} and ${rest} more` : words.join(', ');
}
