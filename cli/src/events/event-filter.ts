import type { AndonEvent } from '@andon/protocol';
import { suggestion } from '@andon/protocol/suggestions';
import type { EventOptions } from './event-options.ts';
import { EVENT_WORDS } from './event-words.ts';
import { usageError } from '../failure.ts';
import { durationMs } from '../terminal/words.ts';

/** Which events were asked for. */
export interface EventFilter {
  /** Begin there, in Unix time. */
  readonly sinceMs: number | null;
  /** The one resource, if it is one: the daemon leaves the others out then. */
  readonly resource: string | undefined;
  /** The newest so many; null = all. */
  readonly count: number | null;
  accepts(event: AndonEvent): boolean;
}

export function eventFilter(options: EventOptions, nowMs: number): EventFilter {
  const { resource: resources = [], host: hosts = [], kind: kinds = [] } = options;
  const known = Object.keys(EVENT_WORDS);
  for (const kind of kinds) {
    if (known.includes(kind)) continue;
    throw usageError(`There is no kind of event "${kind}".${suggestion(kind, known)}`, 'docs/events.md lists them all.');
  }
  const untilMs = options.until === undefined ? Number.POSITIVE_INFINITY : instantMs(options.until, '--until', nowMs);
  if (options.until !== undefined && options.follow) throw usageError('--until has no meaning with --follow.', 'Leave one of them out.');
  return {
    sinceMs: options.since === undefined ? null : instantMs(options.since, '--since', nowMs),
    resource: resources.length === 1 ? resources[0] : undefined,
    count: options.lines === undefined ? null : countOf(options.lines),
    accepts: (event) =>
      (resources.length === 0 || (event.resource !== null && resources.includes(event.resource))) &&
      (hosts.length === 0 || (event.host !== null && hosts.includes(event.host))) &&
      (kinds.length === 0 || kinds.includes(event.kind)) &&
      Date.parse(event.at) <= untilMs,
  };
}

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw usageError(`-n takes a number from 1, not "${text}".`, 'For example: -n 20');
}

/** `5m` before now; `22:15` of the last 24 hours; `2026-11-22`, `2026-11-22 22:15`, of the reader's time unless a zone stands behind it. */
export function instantMs(text: string, option: string, nowMs: number): number {
  const time = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text);
  if (time) {
    const at = new Date(nowMs);
    at.setHours(Number(time[1]), Number(time[2]), Number(time[3] ?? 0), 0);
    if (at.getTime() > nowMs) at.setDate(at.getDate() - 1);
    return at.getTime();
  }
  const date = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text);
  if (!date) return nowMs - durationMs(text, option, 'or a time: 22:15, 2026-11-22, "2026-11-22 22:15"');
  // Without a time of day the language would take it for UTC.
  const ms = Date.parse(`${date[1]}T${date[2] ?? '00:00'}${date[3] ?? ''}`);
  if (Number.isNaN(ms)) throw usageError(`${option}: there is no such time as "${text}".`, 'For example: "2026-11-22 22:15"');
  return ms;
}
