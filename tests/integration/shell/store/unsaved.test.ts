import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Log, type Store, StoreTrouble } from '../../../../daemon/src/ports/index.ts';
import { SqliteStore } from '../../../../daemon/src/shell/store/sqlite-store.ts';
import { UnsavedFile } from '../../../../daemon/src/shell/store/unsaved-file.ts';
import { TolerantStore } from '../../../../daemon/src/shell/tolerant-store.ts';
import { SystemClock } from '../../../../daemon/src/shell/system-clock.ts';
import { Folder } from '../support.ts';
import { HOST, INSTANCE } from './support.ts';

const OTHER = { ...HOST, hostId: 'db', token: 'another' };
let folder: Folder;
let real: SqliteStore;
let isFull: boolean;
let complaints: string[];

beforeEach(() => {
  folder = new Folder();
  real = new SqliteStore(join(folder.path, 'andon.db'), new SystemClock());
  isFull = false;
  complaints = [];
});
afterEach(() => {
  real.close();
  folder.remove();
});

const log: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (_fields, message) => complaints.push(message),
  child: () => log,
};
const notes = (): UnsavedFile => new UnsavedFile(join(folder.path, 'unsaved.json'), log);

/** The real store behind a disk that is full on demand. */
function store(): Store {
  const refuse = (): void => {
    if (isFull) throw new StoreTrouble('the disk is full');
  };
  return new Proxy(real, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]): unknown => {
        if (/^(save|delete|append)/.test(String(name))) refuse();
        return Reflect.apply(member, target, given);
      };
    },
  });
}

describe('what a full disk refuses', () => {
  test('is noted beside the store, for its owner only, and known to the next daemon', () => {
    const before = new TolerantStore(store(), notes(), log);
    before.saveHost(HOST);
    real.append([INSTANCE], []);
    isFull = true;
    before.saveHost(OTHER);
    before.deleteHost(HOST.hostId);
    before.saveIncarnation(INSTANCE.name, INSTANCE.incarnation + 1);
    expect(statSync(join(folder.path, 'unsaved.json')).mode & 0o777).toBe(0o600);
    expect(complaints).toHaveLength(3);

    const next = new TolerantStore(store(), notes(), log);
    expect(next.hosts()).toEqual([OTHER]);
    expect(next.instances()).toMatchObject([{ name: INSTANCE.name, incarnation: INSTANCE.incarnation + 1, phase: 'onlineCalled' }]);
  });

  test('is made up for once there is room, and the note goes', () => {
    const tolerant = new TolerantStore(store(), notes(), log);
    tolerant.saveHost(HOST);
    isFull = true;
    tolerant.saveHost(OTHER);
    tolerant.deleteHost(HOST.hostId);
    isFull = false;
    tolerant.makeUp();
    expect(real.hosts()).toEqual([OTHER]);
    expect(existsSync(join(folder.path, 'unsaved.json'))).toBe(false);
  });

  test('is forgotten when a later write of the same host gets through', () => {
    const tolerant = new TolerantStore(store(), notes(), log);
    isFull = true;
    tolerant.deleteHost(HOST.hostId);
    isFull = false;
    tolerant.saveHost(HOST);
    expect(new TolerantStore(store(), notes(), log).hosts()).toEqual([HOST]);
  });

  test('is nothing where the note is damaged, which is told', () => {
    writeFileSync(join(folder.path, 'unsaved.json'), '{"hosts":[{');
    expect(new TolerantStore(store(), notes(), log).hosts()).toEqual([]);
    expect(complaints).toEqual(['what an earlier daemon noted beside its store cannot be read']);
    expect(readFileSync(join(folder.path, 'unsaved.json'), 'utf8')).toBe('{"hosts":[{');
  });
});
