import type { AndonEvent } from '@andon/protocol';
import { localTime, span } from '../terminal/words.ts';

/** From one to the other in microseconds. After a reboot the monotonic clock began anew, and only the wall clock tells. */
export function elapsedUs(from: AndonEvent, to: AndonEvent): number {
  const us = to.monotonicUs - from.monotonicUs;
  const wallUs = (Date.parse(to.at) - Date.parse(from.at)) * 1000;
  return us < 0 && wallUs > 0 ? wallUs : us;
}

/** `0.2 ms`, `531 ms`, `1.53 s`, `12 s`, `3 min`. */
export function lapse(us: number): string {
  const ms = Math.max(0, us) / 1000;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${ms.toFixed(0)} ms`;
  return ms < 10_000 ? `${(ms / 1000).toFixed(2)} s` : span(ms);
}

/** `22:02:27.613` of the reader's day. */
export function timeOfDay({ at }: AndonEvent): string {
  return localTime(at).slice(11);
}

/** Tells when another day begins, with the time zone where it was not told or is another one since. */
export class Calendar {
  #day = '';
  #zone = '';

  /** The heading before this event, or null when it is of the day of the one before. */
  heading({ at }: AndonEvent): string | null {
    const day = localTime(at).slice(0, 10);
    if (day === this.#day) return null;
    this.#day = day;
    const date = new Date(at);
    const weekday = Number.isNaN(date.getTime()) ? '' : `${WEEKDAYS[date.getDay()]} `;
    const zone = zoneOf(date);
    const told = zone === this.#zone ? '' : `, times of ${zone}`;
    this.#zone = zone;
    return `${weekday}${day}${told}`;
  }
}

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

/** `Europe/Berlin (UTC+01:00)` */
function zoneOf(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((part) => String(part).padStart(2, '0'));
  const offset = `UTC${minutes < 0 ? '-' : '+'}${hours}:${rest}`;
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return timeZone === 'UTC' ? 'UTC' : `${timeZone} (${offset})`;
}
