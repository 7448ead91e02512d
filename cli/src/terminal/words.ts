import type { FailureSource, ResourceStatus } from '@andon/protocol';
import { usageError } from '../failure.ts';

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `5m`, `90s`, `1h`, `2d`; a bare number is seconds. */
export function durationMs(text: string, option: string, otherwise = ''): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text);
  const unit = match?.[2] ?? 's';
  if (!match || !isUnit(unit))
    throw usageError(
      `${option} takes a length of time, not "${text}".`,
      `For example: 30s, 5m, 2h or 1d${otherwise === '' ? '' : `, ${otherwise}`}.`,
    );
  return Math.round(Number(match[1]) * UNIT_MS[unit]);
}

function isUnit(text: string): text is keyof typeof UNIT_MS {
  return Object.hasOwn(UNIT_MS, text);
}

export function span(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 100_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 6_000_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} d`;
}

/** `2026-11-22 18:42:20.123`, in the reader's time zone. */
export function localTime(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().replace('T', ' ').replace('Z', '');
}

/** The one line that explains why a resource is as it is; empty when all is as it should be. */
export function why(resource: ResourceStatus, nowMs: number): string {
  const parts = [
    resource.hostTrouble === null ? '' : `host trouble: ${resource.hostTrouble}`,
    resource.waitingFor.length === 0 ? '' : `waiting for ${resource.waitingFor.join(', ')}`,
    resource.state === 'Failed' && resource.hostTrouble === null ? (resource.lastFailure?.reason ?? '') : '',
    resource.nextAttemptAt === null ? '' : nextAttempt(Date.parse(resource.nextAttemptAt) - nowMs),
    // While it waits, its status text says the same.
    resource.waitingFor.length === 0 ? resource.statusText : '',
  ];
  return parts.filter((part) => part !== '').join('; ');
}

function nextAttempt(inMs: number): string {
  return inMs > 0 ? `next attempt in ${span(inMs)}` : 'next attempt now';
}

/** Who said so, as the end of "web failed: no answer, …". */
const SAID_BY: Readonly<Record<FailureSource, string>> = {
  failureRecord: 'told by its event handle',
  failedNotification: 'told by its host',
  isAlive: 'found by isAlive',
  onlineError: 'told by its online call',
  hangMode: 'refused by its host: it is in hang mode',
  statusReport: 'told by its host while pending',
  pendingTimeout: 'found by the daemon: no progress in time',
  malformedResult: 'found by the daemon: its host answered nonsense',
  hostExited: 'found by the daemon: its host process ended',
  hostTrouble: 'found by the daemon: it has no working host',
  deadlock: 'found by the daemon: no answer in time',
  openError: 'told by its open call',
  administrator: 'said by an administrator',
  adoption: 'found when the daemon took over its host',
};

export function saidBy(source: string): string {
  return isSource(source) ? SAID_BY[source] : source;
}

function isSource(text: string): text is FailureSource {
  return Object.hasOwn(SAID_BY, text);
}
