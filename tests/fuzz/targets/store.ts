import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AndonError, Configuration } from '@andon/protocol';
import fc from 'fast-check';
import { SqliteStore } from '../../../daemon/src/shell/store/sqlite-store.ts';
import { SystemClock } from '../../../daemon/src/shell/system-clock.ts';
import { bytesOf, type FuzzTarget, textOf } from '../target.ts';

const PAGE = 4096;
const CODES: readonly string[] = ['storeDamaged', 'storeNewer'];
const clock = new SystemClock();
const folder = mkdtempSync(join(tmpdir(), 'andon-fuzz-'));
const path = join(folder, 'andon.db');
const original = wholeStore();

/** At a place so many bytes go, and these come instead. */
type Edit = readonly [at: number, cut: number, add: readonly number[]];
const place = fc.oneof(
  fc.nat({ max: original.length - 1 }),
  // Where a page says how it is built.
  fc.tuple(fc.nat({ max: original.length / PAGE - 1 }), fc.nat({ max: 24 })).map(([page, offset]) => page * PAGE + offset),
);
const overwrite: fc.Arbitrary<Edit> = fc
  .tuple(place, fc.uint8Array({ minLength: 1, maxLength: 4 }))
  .map(([at, add]) => [at, add.length, [...add]]);
const shift: fc.Arbitrary<Edit> = fc
  .tuple(place, fc.nat({ max: PAGE }), fc.uint8Array({ maxLength: 4 }))
  .map(([at, cut, add]) => [at, cut, [...add]]);
const edits = fc.array(fc.oneof({ weight: 6, arbitrary: overwrite }, { weight: 1, arbitrary: shift }), { minLength: 1, maxLength: 3 });

/** A store whose bytes have been changed: it says so, or nothing that the administrator has said is missing. */
export const store: FuzzTarget = {
  name: 'store',
  seeds: [bytesOf('[]')],
  arbitrary: () => edits.map((made) => bytesOf(JSON.stringify(made))),
  freshInTests: 100,
  check(input) {
    const made: Edit[] = JSON.parse(textOf(input));
    const damaged = made.reduce<Uint8Array>(
      (bytes, [at, cut, add]) => Buffer.concat([bytes.subarray(0, at), Uint8Array.from(add), bytes.subarray(at + cut)]),
      original,
    );
    // A file of its own: a connection that a failed start left open would hold the next one's lock.
    const inFolder = mkdtempSync(join(folder, 'state-'));
    try {
      const file = join(inFolder, 'andon.db');
      writeFileSync(file, damaged);
      assert.deepEqual(namesIn(file), NAMES);
    } catch (error) {
      if (!(error instanceof AndonError)) throw error;
      assert.ok(CODES.includes(error.code), `${error.code}: ${error.message}`);
    } finally {
      rmSync(inFolder, { recursive: true });
    }
  },
  async close() {
    rmSync(folder, { recursive: true, force: true });
  },
};

/** What a start of the daemon reads. */
function namesIn(file: string) {
  const opened = new SqliteStore(file, clock);
  try {
    const { types, groups, resources } = opened.configuration();
    const names = (all: readonly { readonly name: string }[]): string[] => all.map(({ name }) => name).toSorted();
    opened.events({ limit: 100 });
    return {
      types: names(types),
      groups: names(groups),
      resources: names(resources),
      sources: names(opened.sources()),
      instances: names(opened.instances()),
      hosts: opened.hosts().map(({ hostId }) => hostId),
    };
  } finally {
    opened.close();
  }
}

const NAMES = namesIn(restored());

function restored(): string {
  writeFileSync(path, original);
  return path;
}

function wholeStore(): Uint8Array {
  const names = Array.from({ length: 20 }, (_, index) => `web-${index}`);
  const { types, groups, resources } = Configuration.parse({
    types: [{ name: 'service', command: ['/usr/bin/host'] }],
    groups: [{ name: 'shop' }],
    resources: names.map((name) => ({ name, type: 'service', group: 'shop', set: { note: name.repeat(20) } })),
  });
  const made = new SqliteStore(path, clock);
  const wantOnline = resources.map(({ name }) => name);
  made.changeConfiguration({ saveTypes: types, saveGroups: groups, saveResources: resources, wantOnline });
  made.changeConfiguration({ sources: [{ what: 'resource', name: 'web-0', file: '/etc/andon/resources.d/web.toml' }] });
  const identity = { pid: 4711, startTime: '815', bootId: 'boot' };
  made.saveHost({ hostId: 'service', identity, token: 'secret', startedAtMs: 1, types: ['service'], eventHandles: [] });
  made.close();
  return readFileSync(path);
}
