import { readdirSync, statSync } from 'node:fs';
import { GroupDefinition } from '@andon/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SqliteStore } from '../../../../daemon/src/shell/store/sqlite-store.ts';
import { SystemClock } from '../../../../daemon/src/shell/system-clock.ts';
import { Folder, shell, startScript } from '../support.ts';
import { DAY_MS, event, events, HOST, INSTANCE, resource, START_MS, type } from './support.ts';

let folder: Folder;
let path: string;
let open: SqliteStore[];
beforeEach(() => {
  folder = new Folder();
  path = folder.at('andon.db');
  open = [];
});
afterEach(() => {
  for (const store of open) store.close();
  folder.remove();
});

function openStore(at = path): SqliteStore {
  const store = new SqliteStore(at, new SystemClock());
  open.push(store);
  return store;
}

function reopen(store: SqliteStore): SqliteStore {
  store.close();
  return openStore();
}

describe('a store', () => {
  test('is private, and leaves no trace of how it was made', () => {
    const store = openStore();
    store.append([], [event(1)]);
    for (const name of readdirSync(folder.path))
      expect([name, (statSync(folder.at(name)).mode & 0o777).toString(8)]).toEqual([name, '600']);
    expect(readdirSync(folder.path).every((name) => name.startsWith('andon.db'))).toBe(true);
    expect(readdirSync(folder.path).some((name) => name.includes('new'))).toBe(false);
  });

  test('counts its openings', () => {
    const first = openStore();
    expect(first.epoch).toBe(1);
    expect(reopen(first).epoch).toBe(2);
  });

  test('keeps the configuration in the order of its making', () => {
    const store = openStore();
    const groups = [GroupDefinition.parse({ name: 'g' })];
    const change = {
      saveTypes: [type('web'), type('db')],
      saveGroups: groups,
      saveResources: [resource('web-1'), resource('a-2')],
    };
    store.changeConfiguration(change);
    const changed = { ...type('web'), description: 'changed' };
    store.changeConfiguration({
      saveTypes: [changed],
      deleteGroups: ['g'],
      deleteResources: ['a-2', 'never-there'],
    });
    const expected = { types: [changed, type('db')], groups: [], resources: [resource('web-1')] };
    expect(store.configuration()).toEqual(expected);
    expect(reopen(store).configuration()).toEqual(expected);
  });

  test('keeps instances and hosts, and of a removed resource its incarnation alone', () => {
    const store = openStore();
    store.append([INSTANCE], []);
    store.saveHost(HOST);
    store.saveHost({ ...HOST, hostId: 'other' });
    store.deleteHost('other');
    const next = reopen(store);
    expect(next.instances()).toEqual([INSTANCE]);
    expect(next.hosts()).toEqual([HOST]);
    const definition = resource('web-1');
    next.changeConfiguration({ saveResources: [definition] });
    next.changeConfiguration({ deleteResources: ['web-1'] });
    expect(next.configuration().resources).toEqual([]);
    expect(next.instances()).toEqual([{ ...INSTANCE, wanted: 'Offline', leaving: definition }]);
    next.deleteInstance('web-1');
    expect(next.instances()).toMatchObject([
      { name: INSTANCE.name, incarnation: INSTANCE.incarnation, wanted: 'Offline', phase: 'closed', leaving: null },
    ]);
  });

  test('takes a wanted state and an incarnation before and after it knows the rest', () => {
    const store = openStore();
    store.saveWanted(['web-1', 'web-2'], 'Online');
    store.saveIncarnation('web-2', 4);
    expect(store.instances().map(({ name, wanted, incarnation, phase }) => [name, wanted, incarnation, phase])).toEqual([
      ['web-1', 'Online', 0, 'closed'],
      ['web-2', 'Online', 4, 'onlineCalled'],
    ]);
    store.append([INSTANCE], []);
    store.saveIncarnation('web-1', 8);
    store.saveWanted(['web-1'], 'Offline');
    expect(store.instances()[0]).toEqual({
      ...INSTANCE,
      incarnation: 8,
      phase: 'onlineCalled',
      wanted: 'Offline',
    });
  });

  test('does all of a change or nothing', () => {
    const store = openStore();
    const circular: Record<string, never> = {};
    Object.assign(circular, { self: circular });
    const bad = { ...type('bad'), jsonSchema: circular };
    expect(() => store.changeConfiguration({ saveTypes: [type('web'), bad] })).toThrow(/circular/);
    expect(store.configuration().types).toEqual([]);
    expect(() => store.append([INSTANCE], [event(1), event(1)])).toThrow(/UNIQUE/);
    expect([store.instances(), store.lastSeq(), store.events({ limit: 9 })]).toEqual([[], 0, []]);
    store.append([INSTANCE], [event(1)]);
    expect(store.lastSeq()).toBe(1);
  });

  test('survives kill -9 of its daemon with everything that a call had returned for', async () => {
    const script = startScript(
      `import { SqliteStore } from '${shell}store/sqlite-store.ts';
       import { SystemClock } from '${shell}system-clock.ts';
       const store = new SqliteStore(${JSON.stringify(path)}, new SystemClock());
       store.changeConfiguration({ saveTypes: [${JSON.stringify(type('web'))}] });
       const first = ${JSON.stringify(event(1))};
       store.append([${JSON.stringify(INSTANCE)}], Array.from({ length: 3_000 }, (_, index) => ({ ...first, seq: index + 1 })));
       store.saveIncarnation('web-1', 9);
       console.log('done');
       setInterval(() => undefined, 1000);`,
    );
    await script.lines.next();
    script.child.kill('SIGKILL');
    await script.exited;
    const store = openStore();
    expect([store.epoch, store.lastSeq(), store.configuration().types.length, store.instances()[0]?.incarnation]).toEqual([2, 3_000, 1, 9]);
  });

  test('that another process holds is refused', () => {
    openStore();
    expect(() => openStore()).toThrow(
      expect.objectContaining({
        code: 'storeReadOnly',
        message: expect.stringContaining('another process holds it'),
      }),
    );
  });
});

describe('events', () => {
  test('come back as they were, oldest first, by page, time and resource', () => {
    const store = openStore();
    const all = [event(1), event(2, 'web-2'), event(4, null), event(5), event(9, 'web-2')];
    store.append([], all);
    const seqs = (query: Parameters<typeof store.events>[0]): number[] => store.events(query).map(({ seq }) => seq);
    expect(store.events({ limit: 10 })).toEqual(all);
    expect(seqs({ limit: 2 })).toEqual([1, 2]);
    expect(seqs({ limit: 2, afterSeq: 2 })).toEqual([4, 5]);
    expect(seqs({ limit: 10, resource: 'web-2' })).toEqual([2, 9]);
    expect(seqs({ limit: 10, sinceWallMs: START_MS + 4 })).toEqual([4, 5, 9]);
    expect(seqs({ limit: 10, sinceWallMs: START_MS + 10 })).toEqual([]);
    expect(seqs({ limit: 10, sinceWallMs: 0 })).toEqual([1, 2, 4, 5, 9]);
    expect(reopen(store).lastSeq()).toBe(9);
  });

  test('of a newer andon are passed over', () => {
    const store = openStore();
    store.append([], [event(1), Object.assign(event(2), { kind: 'somethingNew' }), event(3)]);
    expect(store.events({ limit: 10 }).map(({ seq }) => seq)).toEqual([1, 3]);
  });

  test('are kept up to 100,000', () => {
    const store = openStore();
    for (let from = 1; from < 104_000; from += 8_000) store.append([], events(from, from + 7_999));
    expect(store.lastSeq()).toBe(104_000);
    const oldest = store.events({ limit: 1 })[0]?.seq ?? 0;
    expect(oldest).toBeGreaterThan(4_000 - 1_000);
    expect(oldest).toBeLessThanOrEqual(4_001);
  });

  test('are kept for 30 days, but never is the newest forgotten', () => {
    const store = openStore();
    store.append([], [event(1), event(2)]);
    const later = reopen(store);
    later.append([], [event(3, 'web-1', START_MS + 31 * DAY_MS)]);
    expect(later.events({ limit: 9 }).map(({ seq }) => seq)).toEqual([3]);
    const muchLater = reopen(later);
    expect(muchLater.lastSeq()).toBe(3);
  });
});
