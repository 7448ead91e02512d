import { expect, test } from 'vitest';
import { Settings } from '@andon/protocol';
import { countedIn, expired, type KeptIncident, retentionOf } from '../../../../daemon/src/core/hosts/incident-retention.ts';

const USUAL_RETENTION = retentionOf(Settings.parse({}).incidents);

const NOW_MS = 1_000_000_000_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** `count` incidents of one host, the youngest one `everyMs` old. */
function incidents(host: string, count: number, everyMs: number, bytes = 1_000): KeptIncident[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `${host}-${String(count - index).padStart(4, '0')}`,
    host,
    atMs: NOW_MS - (index + 1) * everyMs,
    bytes,
  }));
}
const ids = (kept: readonly KeptIncident[]): string[] => kept.map(({ id }) => id);

test('the oldest go above the count', () => {
  expect(ids(expired(incidents('a', 103, 1_000), USUAL_RETENTION, NOW_MS))).toEqual(['a-0001', 'a-0002', 'a-0003']);
  expect(expired(incidents('a', 100, 1_000), USUAL_RETENTION, NOW_MS)).toEqual([]);
});

test('what is too old goes, and the newest stays however old it is', () => {
  expect(ids(expired(incidents('a', 32, DAY_MS), USUAL_RETENTION, NOW_MS))).toEqual(['a-0001', 'a-0002']);
  expect(expired(incidents('a', 1, 40 * DAY_MS), USUAL_RETENTION, NOW_MS)).toEqual([]);
});

test('the oldest go above the size, and the newest stays however large it is', () => {
  expect(ids(expired(incidents('a', 5, 1_000, 400), { ...USUAL_RETENTION, maxBytes: 1_200 }, NOW_MS))).toEqual(['a-0001', 'a-0002']);
  expect(expired(incidents('a', 1, 1_000, 400), { ...USUAL_RETENTION, maxBytes: 100 }, NOW_MS)).toEqual([]);
});

test('one more of a host that had ten within the hour is counted in its last one', () => {
  const kept = [...incidents('a', 10, 60_000), ...incidents('b', 3, 60_000)];
  expect(countedIn(kept, 'a', USUAL_RETENTION, NOW_MS)?.id).toBe('a-0010');
  expect(countedIn(kept, 'b', USUAL_RETENTION, NOW_MS)).toBeNull();
  expect(countedIn(incidents('a', 9, 60_000), 'a', USUAL_RETENTION, NOW_MS)).toBeNull();
  expect(countedIn(incidents('a', 12, HOUR_MS / 5), 'a', USUAL_RETENTION, NOW_MS)).toBeNull();
});
