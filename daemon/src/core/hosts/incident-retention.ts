import type { Settings } from '@andon/protocol';

/** How much evidence is kept; whichever bound is met first. */
export interface IncidentRetention {
  readonly maxCount: number;
  readonly maxAgeMs: number;
  readonly maxBytes: number;
  /** A host that dies over and over must not push out what was kept of others. */
  readonly maxPerHostAndHour: number;
}

const MAX_PER_HOST_AND_HOUR = 10;
const DAY_MS = 24 * 3_600_000;
const MIB = 1024 * 1024;

export function retentionOf(settings: Settings['incidents']): IncidentRetention {
  return {
    maxCount: settings['max-count'],
    maxAgeMs: settings['max-age-days'] * DAY_MS,
    maxBytes: settings['max-size-mib'] * MIB,
    maxPerHostAndHour: MAX_PER_HOST_AND_HOUR,
  };
}

/** One incident on the disk. */
export interface KeptIncident {
  readonly id: string;
  readonly host: string;
  readonly atMs: number;
  readonly bytes: number;
}

const HOUR_MS = 3_600_000;

/** Those that go, oldest first. The newest stays whatever its size. */
export function expired(kept: readonly KeptIncident[], { maxCount, maxAgeMs, maxBytes }: IncidentRetention, nowMs: number): KeptIncident[] {
  const newestFirst = kept.toSorted((a, b) => b.atMs - a.atMs || compare(b.id, a.id));
  let bytes = 0;
  const gone = newestFirst.filter((incident, index) => {
    bytes += incident.bytes;
    return index > 0 && (index >= maxCount || nowMs - incident.atMs > maxAgeMs || bytes > maxBytes);
  });
  return gone.toReversed();
}

/** The last incident of this host, when it has had so many within the hour that one more is only counted there; else null. */
export function countedIn(kept: readonly KeptIncident[], host: string, retention: IncidentRetention, nowMs: number): KeptIncident | null {
  const recent = kept.filter((incident) => incident.host === host && Math.abs(nowMs - incident.atMs) < HOUR_MS);
  if (recent.length < retention.maxPerHostAndHour) return null;
  return recent.reduce<KeptIncident | null>((last, one) => (last === null || one.id > last.id ? one : last), null);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
