import { CONTROL, EVENT_KINDS, EventHead } from '@andon/protocol';
import { expect, test } from 'vitest';
import { andon, fakeDaemon, startAndon } from './run-andon.ts';
import { type FakeDaemon, statusDocument } from './fake-daemon.ts';

/** Two pages of kept events. */
function paged(daemon: FakeDaemon, count: number): void {
  const kept = Array.from({ length: count }, () => daemon.event('storeRecovered'));
  daemon.answers.events = ({ afterSeq = 0, limit = 500 }) => {
    const later = kept.filter(({ seq }) => seq > afterSeq);
    return { events: later.slice(0, limit), more: later.length > limit };
  };
}

test('all pages, as one document', async () => {
  const { folder, daemon } = await fakeDaemon({});
  paged(daemon, 1200);
  const ran = await andon(['events', '--json'], folder);
  const { events } = CONTROL.events.result.omit({ more: true }).parse(ran.json());
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 1200 }, (_, index) => index + 1));
});

test('--since and --resource go to the daemon', async () => {
  const { folder, daemon } = await fakeDaemon({ events: () => ({ events: [], more: false }) });
  await andon(['events', '--since', '5m', '--resource', 'mail'], folder);
  expect(daemon.sent('events')).toEqual([{ resource: 'mail', sinceMs: expect.closeTo(300_000, -4), limit: 1000 }]);
  const wrong = await andon(['events', '--since', 'yesterday'], folder);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('--since takes a length of time, not "yesterday".');
});

test('--follow --json: kept ones, then new ones, each once and one a line, and gaps', async () => {
  const { folder, daemon } = await fakeDaemon({});
  paged(daemon, 2);
  const page = daemon.answers.events!;
  // An event that comes while the kept ones are read is in both; it is shown once.
  daemon.answers.events = (params) => {
    const { events } = page(params);
    return { events: [...events, daemon.emit('storeTrouble', { reason: 'full' })], more: false };
  };
  const running = startAndon(['events', '--follow', '--since', '1h', '--json'], folder);
  await running.says('"storeTrouble"');
  daemon.notify('gap', { afterSeq: 3, beforeSeq: 9 });
  daemon.emit('storeRecovered');
  await running.says('"seq":4');
  daemon.disconnectAll();
  const lines = (await running.ended()).stdout
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(lines).toMatchObject([
    { kind: 'storeRecovered', seq: 1 },
    { kind: 'storeRecovered', seq: 2 },
    { kind: 'storeTrouble', seq: 3, reason: 'full' },
    { kind: 'gap', afterSeq: 3, beforeSeq: 9 },
    { kind: 'storeRecovered', seq: 4 },
  ]);
});

test('--follow -n begins with the newest few', async () => {
  const { folder, daemon } = await fakeDaemon({});
  paged(daemon, 5000);
  daemon.answers.status = () => statusDocument([], { daemon: { ...statusDocument([]).daemon, seq: 5000 } });
  const running = startAndon(['events', '--follow', '-n', '2', '--json'], folder);
  await running.says('"seq":5000');
  daemon.emit('storeRecovered');
  await running.says('"seq":5001');
  daemon.disconnectAll();
  expect((await running.ended()).stdout.match(/"seq":\d+/g)).toEqual(['"seq":4999', '"seq":5000', '"seq":5001']);
  // Not all that is kept was asked for.
  expect(daemon.sent('events')[0]).toEqual({ afterSeq: 2980, limit: 1000 });
});

test('-n shows the newest failures whole, though many others were under way', async () => {
  const { folder, daemon } = await fakeDaemon({});
  const names = Array.from({ length: 600 }, (_, index) => `r${index}`);
  const steps = [
    ['failureReported', { reason: 'disk gone', source: 'failureRecord' }],
    ['terminated', {}],
    ['online', { state: 'Online', contract: 'event' }],
  ] as const;
  const kept = steps.flatMap(([kind, fields]) => names.map((resource) => daemon.event(kind, { resource, incarnation: 1, ...fields })));
  daemon.answers.events = ({ afterSeq = 0 }) => ({ events: kept.filter(({ seq }) => seq > afterSeq), more: false });
  daemon.answers.status = () => statusDocument([], { daemon: { ...statusDocument([]).daemon, seq: kept.length } });
  const { stdout } = await andon(['events', '-n', '2'], folder);
  expect(stdout.match(/^\d.* failed: disk gone .*; online again after /gm)).toHaveLength(2);
  expect(stdout.match(/cleaned up/g)).toHaveLength(2);
});

test('-n looks as far back as it takes', async () => {
  const { folder, daemon } = await fakeDaemon({});
  const kept = [daemon.event('storeTrouble', { reason: 'full' }), ...Array.from({ length: 9000 }, () => daemon.event('storeRecovered'))];
  daemon.answers.events = ({ afterSeq = 0 }) => ({ events: kept.filter(({ seq }) => seq > afterSeq), more: false });
  daemon.answers.status = () => statusDocument([], { daemon: { ...statusDocument([]).daemon, seq: 9001 } });
  const ran = await andon(['events', '-n', '1', '--kind', 'storeTrouble', '--json'], folder);
  expect(ran.json()).toMatchObject({ events: [{ seq: 1, kind: 'storeTrouble' }] });
});

test.each([
  { args: ['-n', '0'], says: '-n takes a number from 1, not "0"' },
  { args: ['--follow', '--until', '22:00'], says: '--until has no meaning with --follow' },
  { args: ['--kind', 'hostExitd'], says: 'There is no kind of event "hostExitd". Did you mean "hostExited"?' },
])('andon events $args is refused', async ({ args, says }) => {
  const { folder } = await fakeDaemon({});
  const ran = await andon(['events', ...args], folder);
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toContain(says);
});

test('in words, with the time since the event before of the same resource', async () => {
  const { folder, daemon } = await fakeDaemon({});
  const web = { resource: 'web', host: 'worker', incarnation: 7 };
  const events = [
    daemon.event('failureReported', { ...web, reason: 'disk gone\u001b[2J', source: 'failureRecord' }),
    daemon.event('terminateCalled', { ...web, cause: 'failed', reason: 'disk gone' }),
    daemon.event('hostExited', { host: 'worker', pid: 12, how: 'signal SIGKILL' }),
  ];
  daemon.answers.events = () => ({ events, more: false });
  const { stdout } = await andon(['events', '--plain'], folder, { env: { TZ: 'UTC' } });
  expect(stdout.split('\n')).toEqual([
    '2026-11-22 12:00:00.001  web@7  failure reported: disk gone [2J (failureRecord)',
    '2026-11-22 12:00:00.002  web@7  terminate called (failed): disk gone  +40 µs',
    '2026-11-22 12:00:00.003  host worker  pid 12 ended: signal SIGKILL',
    '',
  ]);
});

test('every kind of event has words that use its fields', async () => {
  const { folder, daemon } = await fakeDaemon({});
  const kinds = EventHead.shape.kind.options;
  const events = kinds.map((kind) => daemon.event(kind, sample(EVENT_KINDS[kind])));
  daemon.answers.events = () => ({ events, more: false });
  const { stdout } = await andon(['events', '--plain'], folder);
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(kinds.length);
  expect(lines.filter((line) => /undefined|NaN|\[object/.test(line))).toEqual([]);
  expect(lines.filter((line, index) => line.includes(`  ${kinds[index]} `))).toEqual([]);
});

type Schema = (typeof EVENT_KINDS)[keyof typeof EVENT_KINDS];

/** Any value that the schema of a kind takes. */
function sample(schema: Schema): Record<string, unknown> {
  return Object.fromEntries(Object.entries(schema.shape).map(([name, field]) => [name, sampleOf(field)]));
}

/** Tried in turn: the words of a union of strings are its own `options`. */
function sampleOf(field: { safeParse(value: unknown): { success: boolean } }): unknown {
  const own = 'options' in field && Array.isArray(field.options) ? field.options : [];
  return [...own, 'text', 1, true, ['text']].find((value) => field.safeParse(value).success);
}
