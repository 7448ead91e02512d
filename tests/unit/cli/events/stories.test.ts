import type { AndonEvent, EventKind } from '@andon/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { instantMs } from '../../../../cli/src/events/event-filter.ts';
import { Calendar, elapsedUs, lapse } from '../../../../cli/src/events/event-time.ts';
import { eventWords } from '../../../../cli/src/events/event-words.ts';
import { entriesOf, storyPrinter, writeEntries } from '../../../../cli/src/events/story-text.ts';

const START = Date.parse('2026-11-22T22:00:00.000Z');
let seq = 0;
let written = '';

beforeEach(() => {
  seq = 0;
  written = '';
  vi.stubEnv('LC_ALL', 'C.UTF-8').stubEnv('NO_COLOR', '1').stubEnv('TZ', 'UTC');
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** `atMs` after the start; `who` is `web@1`, or `host worker`. */
function event(atMs: number, who: string, kind: EventKind, fields: Readonly<Record<string, unknown>> = {}): AndonEvent {
  const [name = '', incarnation] = who.split('@');
  const head = who.startsWith('host ') ? { resource: null, host: who.slice(5) } : { resource: who === '' ? null : name, host: null };
  const at = new Date(START + atMs).toISOString();
  return {
    seq: ++seq,
    at,
    monotonicUs: atMs * 1000,
    kind,
    incarnation: incarnation === undefined ? null : Number(incarnation),
    ...head,
    ...fields,
  };
}
const failed = (atMs: number, who: string, reason: string) => event(atMs, who, 'failureReported', { reason, source: 'failureRecord' });
const restart = (atMs: number, who: string) => event(atMs, who, 'restartScheduled', { delayMs: 500, failures: 1, threshold: 3 });
const online = (atMs: number, who: string) => event(atMs, who, 'online', { state: 'Online', contract: 'event' });

/** Two failures whose steps come in turn, and something else in between. */
const INTERLEAVED = () => [
  failed(0, 'web@1', 'disk gone'),
  event(1, 'web@1', 'terminateCalled', { cause: 'failureRecord', reason: 'disk gone' }),
  failed(2, 'db@7', 'killed by SIGKILL'),
  event(3, 'cache', 'resourceAdded', { type: 'worker' }),
  event(4, 'db@7', 'terminated'),
  event(5, 'web@1', 'terminated'),
  restart(6, 'web@1'),
  restart(7, 'db@7'),
  online(510, 'db@8'),
  online(600, 'web@2'),
  event(700, 'web@2', 'statusReported', { checkpoint: 1 }),
];

test('stories under way at the same time are told one after the other, each with its own times', () => {
  writeEntries(entriesOf(INTERLEAVED()));
  expect(written).toBe(`── Sunday 2026-11-22, times of UTC ──
22:00:00.000  ✗ web@1 failed: disk gone (told by its event handle); online again after 600 ms
     +1.0 ms    terminate called
     +5.0 ms    cleaned up
     +6.0 ms    restart in 500 ms (failure 1 of 3 allowed)
     +600 ms    online again (incarnation 2, event handle), down 600 ms
22:00:00.002  ✗ db@7 failed: killed by SIGKILL (told by its event handle); online again after 508 ms
     +2.0 ms    cleaned up
     +5.0 ms    restart in 500 ms (failure 1 of 3 allowed)
     +508 ms    online again (incarnation 8, event handle), down 508 ms
22:00:00.003  cache  added, of type worker
22:00:00.700  web@2  status report, checkpoint 1
`);
});

test('followed, every event is told in its turn with the name of its resource', () => {
  INTERLEAVED().forEach(storyPrinter(false));
  const told = written.split('\n').map((line) => /(web|db|cache)@?\d*/.exec(line)?.[0]);
  expect(told).toEqual([
    undefined,
    'web@1',
    'web@1',
    'db@7',
    'cache',
    'db@7',
    'web@1',
    'web@1',
    'db@7',
    'db@8',
    'web@2',
    'web@2',
    undefined,
  ]);
  written = '';
  INTERLEAVED().forEach(storyPrinter(true));
  expect(written).not.toContain('cache');
});

test('no event is lost or told twice, whatever comes in whatever order', () => {
  const events = INTERLEAVED();
  for (let shift = 0; shift < events.length; shift++) {
    const turned = [...events.slice(shift), ...events.slice(0, shift)];
    const told = entriesOf(turned).flatMap(({ first, story }) => story?.events ?? [first]);
    expect(told.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual(events.map(({ seq }) => seq));
  }
});

test('failures until the restarts are used up are one story; the next attempt is another', () => {
  const again = (atMs: number, incarnation: number) => [
    failed(atMs, `web@${incarnation}`, 'no disk'),
    event(atMs + 1, `web@${incarnation}`, 'terminated'),
  ];
  const entries = entriesOf([
    ...again(0, 1),
    restart(2, 'web@1'),
    ...again(500, 2),
    event(502, 'web@2', 'restartsExhausted', { failures: 2, threshold: 1 }),
    event(502, 'web@2', 'retryScheduled', { delayMs: 60_000 }),
    ...again(60_502, 3),
  ]);
  expect(entries.map(({ story }) => story?.events.length)).toEqual([7, 2]);
  writeEntries(entries);
  expect(written).toContain('failed: no disk (told by its event handle); retry in 60 s\n');
  expect(written).toContain('+500 ms    failed again, for the same reason\n');
  expect(written).toMatch(/22:01:00\.502 {2}✗ web@3 failed: .*; not back yet\n/);
});

test('what is given up is a story that has ended; what an administrator does then stands alone', () => {
  const events = [
    failed(0, 'web@1', 'no disk'),
    event(1, 'web@1', 'restartsExhausted', { failures: 1, threshold: 0 }),
    event(9000, 'web@1', 'wantedChanged', { wanted: 'Online', because: 'asked by the administrator' }),
    online(9010, 'web@2'),
  ];
  expect(entriesOf(events).map(({ story }) => story?.events.length ?? null)).toEqual([2, null, null]);
});

test('what waits for the failed one takes part until it is online again', () => {
  const entries = entriesOf([
    failed(0, 'db@1', 'disk gone'),
    event(2, 'web', 'waitingForProvider', { providers: ['db'] }),
    online(500, 'db@2'),
    event(501, 'web@2', 'initializing', { state: 'Initializing' }),
    online(520, 'web@2'),
    event(900, 'web', 'waitingForProvider', { providers: ['other'] }),
  ]);
  expect(entries.map(({ story }) => story?.subject ?? null)).toEqual(['db', null]);
  writeEntries(entries);
  expect(written).toContain('; online again after 500 ms\n');
  expect(written).toContain('+520 ms    web@2  online again (incarnation 2, event handle)\n');
});

test('a dependent that was taken offline for it takes part from there on; one that went offline before does not', () => {
  const events = [
    event(0, 'idle@3', 'offline', { state: 'Offline' }),
    failed(1, 'db@1', 'disk gone'),
    event(2, 'web@4', 'offlinePending', { state: 'OfflinePending' }),
    event(9, 'web@4', 'offline', { state: 'Offline' }),
    event(9, 'web', 'waitingForProvider', { providers: ['db'] }),
    event(9, 'idle', 'waitingForProvider', { providers: ['db'] }),
  ];
  expect(entriesOf(events).map(({ first, story }) => story?.events.map(({ seq }) => seq) ?? first.seq)).toEqual([1, [2, 3, 4, 5, 6]]);
});

test('resources lost with their host are told in its story, one that fails of itself in its own', () => {
  const onWorker = { host: 'worker' };
  const lost = { ...onWorker, state: 'Failed', reason: 'host killed by SIGKILL', source: 'hostExited' };
  const entries = entriesOf([
    event(0, 'host worker', 'hostExited', { pid: 12, how: 'killed by SIGKILL' }),
    event(1, 'a@1', 'restartScheduled', { ...onWorker, delayMs: 1, failures: 0, threshold: 3 }),
    event(1, 'a@1', 'failed', lost),
    event(1, 'b@1', 'failed', lost),
    { ...failed(2, 'c@1', 'of itself'), ...onWorker },
    event(9, 'host worker', 'hostStarted', { pid: 13 }),
    online(10, 'a@2'),
    online(11, 'b@2'),
  ]);
  expect(entries.map(({ story }) => story?.events.length)).toEqual([7, 1]);
  writeEntries(entries);
  expect(written).toContain('✗ host worker died: killed by SIGKILL, pid 12; all 2 online again after 11 ms\n');
  expect(written).toContain('a@1, b@1  failed with it\n');
});

test('a ping has no type, and the end of a host counts against nobody who had no part in it', () => {
  const deadlock = (type: string, call: string) => event(0, 'host worker', 'deadlock', { type, call, elapsedMs: 20_000, limitMs: 20_000 });
  expect(eventWords(deadlock('', 'ping'))).toBe('deadlock: ping after 20 s, limit 20 s');
  expect(eventWords(deadlock('worker', 'online'))).toBe('deadlock: online (type worker) after 20 s, limit 20 s');
  const scheduled = (failures: number) => event(1, 'a@1', 'restartScheduled', { delayMs: 500, failures, threshold: 3 });
  expect(eventWords(scheduled(0))).toBe('restart in 500 ms (no failure of its own)');
  expect(eventWords(scheduled(2))).toBe('restart in 500 ms (failure 2 of 3 allowed)');
});

test('a daemon that ended in order began no story', () => {
  const started = (atMs: number) => event(atMs, '', 'daemonStarted', { version: '1.0.0', pid: 1, epoch: 1 });
  const inOrder = [started(0), event(1, '', 'daemonStopping', { reason: 'SIGTERM' }), started(2)];
  expect(entriesOf(inOrder).map(({ story }) => story)).toEqual([null, null, null]);
  expect(entriesOf([started(0), started(1)]).map(({ story }) => story?.kind ?? null)).toEqual([null, 'daemon']);
});

test('days are separated, and the zone is told again when it changes', () => {
  vi.stubEnv('TZ', 'Europe/Berlin');
  const calendar = new Calendar();
  const headings = ['2026-10-24T10:00:00Z', '2026-10-24T21:00:00Z', '2026-10-25T10:00:00Z'].map((at) =>
    calendar.heading({ ...event(0, 'a', 'terminated'), at }),
  );
  expect(headings).toEqual([
    'Saturday 2026-10-24, times of Europe/Berlin (UTC+02:00)',
    null,
    'Sunday 2026-10-25, times of Europe/Berlin (UTC+01:00)',
  ]);
});

test('lapses of time, over a reboot too', () => {
  expect([240, 31_400, 531_000, 1_530_000, 12_000_000, 240_000_000].map(lapse)).toEqual([
    '0.2 ms',
    '31 ms',
    '531 ms',
    '1.53 s',
    '12 s',
    '4 min',
  ]);
  const [before, after] = [event(1000, 'a', 'terminated'), event(3000, 'a', 'online')];
  expect(elapsedUs(before, after)).toBe(2_000_000);
  expect(elapsedUs(before, { ...after, monotonicUs: 5 })).toBe(2_000_000);
});

test('--since takes lengths, times of day and dates', () => {
  vi.stubEnv('TZ', 'Europe/Berlin');
  const now = Date.parse('2026-11-22T10:00:00+01:00');
  const at = (text: string) => new Date(instantMs(text, '--since', now)).toISOString();
  expect(['5m', '09:30', '22:15', '2026-11-20', '2026-11-20 08:00', '2026-11-20T08:00:01Z'].map(at)).toEqual([
    '2026-11-22T08:55:00.000Z',
    '2026-11-22T08:30:00.000Z',
    '2026-11-21T21:15:00.000Z',
    '2026-11-19T23:00:00.000Z',
    '2026-11-20T07:00:00.000Z',
    '2026-11-20T08:00:01.000Z',
  ]);
  for (const wrong of ['yesterday', '25:00', '2026-13-45', '5 m']) expect(() => instantMs(wrong, '--since', now)).toThrow('--since');
});
