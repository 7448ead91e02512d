import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Incident } from '@andon/protocol';
import { expect, test } from 'vitest';
import { Settings } from '@andon/protocol';
import { retentionOf } from '../../../../daemon/src/core/hosts/incident-retention.ts';
import type { IncidentDraft, Log } from '../../../../daemon/src/ports/index.ts';
import { IncidentFolder } from '../../../../daemon/src/shell/store/incident-folder.ts';
import { temporaryFolder } from '../../../support/temporary.ts';

const USUAL_RETENTION = retentionOf(Settings.parse({}).incidents);

const START_MS = Date.parse('2026-11-22T21:45:01.000Z');

function setting(retention: Partial<typeof USUAL_RETENTION> = {}) {
  const root = temporaryFolder();
  const directory = join(root, 'incidents');
  const warnings: string[] = [];
  const log: Log = { debug: () => {}, info: () => {}, warn: (_, message) => warnings.push(message), error: () => {}, child: () => log };
  let nowMs = START_MS;
  const clock = { wallMs: () => nowMs, monotonicMs: () => nowMs, after: () => ({ cancel: () => {} }), afterReading: () => {} };
  const open = (): IncidentFolder =>
    new IncidentFolder({ directory, clock, log, version: '0.1.0', retention: { ...USUAL_RETENTION, ...retention } });
  return { root, directory, warnings, open, folder: open(), pass: (ms: number) => (nowMs += ms), now: () => nowMs };
}

function draft(atMs: number, host = 'worker', logPath = '/nowhere/log'): IncidentDraft {
  const example = readFileSync(
    join(import.meta.dirname, '../../../../protocol/schema/v1/examples/good/document.incident/deadlock.json'),
    'utf8',
  );
  const { version: _version, id: _id, andon: _andon, log: _log, alike: _alike, ...rest } = Incident.parse(JSON.parse(example));
  return { ...rest, host, at: new Date(atMs).toISOString(), logPath };
}

const read = (directory: string, id: string | null): Incident =>
  Incident.parse(JSON.parse(readFileSync(join(directory, `${id}.json`), 'utf8')));

test('a name of its own, even within one second; nobody else may read it; nothing is left beside it', async () => {
  const { folder, directory } = setting();
  expect(
    await Promise.all([folder.keep(draft(START_MS)), folder.keep(draft(START_MS + 999)), folder.keep(draft(START_MS, 'worker.mail'))]),
  ).toEqual(['20261122T214501-worker-1', '20261122T214501-worker-2', '20261122T214501-worker.mail-1']);
  expect(readdirSync(directory)).toHaveLength(3);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  expect(statSync(join(directory, '20261122T214501-worker-1.json')).mode & 0o777).toBe(0o600);
});

test('a host in a crash loop leaves ten an hour, and in the last one the number of the others; those of others stay', async () => {
  const { folder, directory, open, pass, now } = setting({ maxCount: 12 });
  const first = await folder.keep(draft(now(), 'quiet'));
  let last: string | null = null;
  for (let death = 0; death < 10; death++, pass(10_000)) last = await folder.keep(draft(now(), 'looping'));
  for (let death = 0; death < 37; death++, pass(10_000)) expect(await folder.keep(draft(now(), 'looping'))).toBeNull();
  expect(read(directory, last).alike).toEqual({ count: 37, lastAt: new Date(now() - 10_000).toISOString() });
  expect(readdirSync(directory)).toHaveLength(11);
  expect(readdirSync(directory)).toContain(`${first}.json`);
  // The next daemon counts on, and after an hour there is room again.
  expect(await open().keep(draft(now(), 'looping'))).toBeNull();
  expect(read(directory, last).alike.count).toBe(38);
  pass(3_600_000);
  expect(await open().keep(draft(now(), 'looping'))).not.toBeNull();
});

test('what is too much or too old goes when one is kept, and at the start; what is none of ours stays', async () => {
  const { folder, directory, open, pass, now } = setting({ maxCount: 3, maxAgeMs: 10_000 });
  for (let count = 0; count < 5; count++, pass(1_000)) await folder.keep(draft(now(), `host-${count}`));
  expect(readdirSync(directory).map((name) => name.slice(16, -5))).toEqual(['host-2-1', 'host-3-1', 'host-4-1']);
  writeFileSync(join(directory, 'notes.txt'), 'mine');
  writeFileSync(join(directory, '20261122T214501-half-1.json.new'), '{');
  pass(60_000);
  await open().prune();
  expect(readdirSync(directory)).toEqual(['20261122T214505-host-4-1.json', 'notes.txt']);
});

test('the last lines of a log of any length, whole lines only', async () => {
  const { root, folder, directory } = setting();
  const path = join(root, 'host.log');
  writeFileSync(path, Array.from({ length: 5_000 }, (_, index) => `line ${index}\n`).join(''));
  const long = read(directory, await folder.keep(draft(START_MS, 'long', path))).log;
  expect(long).toEqual({ path, lines: Array.from({ length: 100 }, (_, index) => `line ${4_900 + index}`), isCut: true, unreadable: null });
  writeFileSync(path, `${'x'.repeat(40_000)}\nlast\n`);
  expect(read(directory, await folder.keep(draft(START_MS, 'wide', path))).log.lines).toEqual(['last']);
  writeFileSync(path, 'only\n');
  expect(read(directory, await folder.keep(draft(START_MS, 'short', path))).log).toMatchObject({ lines: ['only'], isCut: false });
  rmSync(path);
  expect(read(directory, await folder.keep(draft(START_MS, 'none', path))).log).toMatchObject({
    lines: [],
    unreadable: expect.stringContaining('ENOENT'),
  });
});

test('a disk that refuses costs the incident and one warning; when it takes again, so does this', async () => {
  const { root, directory, folder, warnings } = setting();
  writeFileSync(directory, 'in the way');
  expect(await folder.keep(draft(START_MS))).toBeNull();
  expect(await folder.keep(draft(START_MS))).toBeNull();
  expect(warnings).toEqual([`an incident is lost: ${directory} cannot be used`]);
  rmSync(directory);
  expect(await folder.keep(draft(START_MS))).toBe('20261122T214501-worker-1');
  rmSync(directory, { recursive: true });
  mkdirSync(directory);
  chmodSync(root, 0o700);
  expect(await folder.keep(draft(START_MS))).toBe('20261122T214501-worker-1');
  expect(warnings).toHaveLength(1);
});

test('what an administrator removes makes room at once', async () => {
  const { folder, directory, now, warnings } = setting({ maxPerHostAndHour: 1 });
  const id = await folder.keep(draft(now()));
  expect(await folder.keep(draft(now()))).toBeNull();
  rmSync(join(directory, `${id}.json`));
  expect(await folder.keep(draft(now()))).toBe(id);
  expect(warnings).toEqual([]);
});

test('a file that somebody damaged is counted in no more, and in nobody’s way', async () => {
  const { folder, directory, warnings, now, pass } = setting({ maxPerHostAndHour: 1 });
  const id = await folder.keep(draft(now()));
  writeFileSync(join(directory, `${id}.json`), '{');
  pass(1_000);
  expect(await folder.keep(draft(now()))).toBeNull();
  expect(warnings).toHaveLength(1);
  expect(await folder.keep(draft(now(), 'other'))).not.toBeNull();
});
