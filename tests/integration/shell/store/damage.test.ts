import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SqliteStore } from '../../../../daemon/src/shell/store/sqlite-store.ts';
import { SystemClock } from '../../../../daemon/src/shell/system-clock.ts';
import { Folder, shell, startScript } from '../support.ts';
import { event, type } from './support.ts';

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

function caught(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was thrown');
}

describe('a damaged store is refused and left as it is', () => {
  /** Contents of every file of the folder that a refusal might touch. */
  const contents = (): Buffer[] => [path, `${path}-wal`].filter(existsSync).map((file) => readFileSync(file));

  function refusal(damage: () => void): string {
    damage();
    const before = contents();
    const refused = caught(() => openStore());
    expect(refused).toMatchObject({ code: 'storeDamaged' });
    expect(before.map((bytes, index) => contents()[index]?.equals(bytes))).toEqual(before.map(() => true));
    return refused.message;
  }

  function filled(): void {
    const store = openStore();
    store.changeConfiguration({
      saveTypes: Array.from({ length: 200 }, (_, index) => type(`type-${index}`)),
    });
    store.close();
  }

  test('no database', () => {
    expect(refusal(() => execFileSync('sh', ['-c', 'yes garbage | head -c 8192 > "$1"', 'sh', path]))).toBe(
      `The store ${path} is damaged: file is not a database.`,
    );
  });

  test('nothing at all', () => {
    expect(refusal(() => execFileSync('touch', [path]))).toBe(`The store ${path} is damaged: it is empty.`);
  });

  test('a directory', () => {
    expect(() => {
      execFileSync('mkdir', [path]);
      openStore();
    }).toThrow(`The store ${path} is damaged: it is not a regular file.`);
  });

  test('and once it is moved away, a new one is made', () => {
    filled();
    refusal(() => execFileSync('truncate', ['-s', '20000', path]));
    renameSync(path, folder.at('damaged.db'));
    expect(openStore().epoch).toBe(1);
  });

  test('cut short', () => {
    filled();
    expect(refusal(() => execFileSync('truncate', ['-s', '20000', path]))).toMatch(/damaged: /);
  });

  test('overwritten pages', () => {
    filled();
    expect(
      refusal(() => execFileSync('dd', ['if=/dev/urandom', `of=${path}`, 'bs=4096', 'seek=3', 'count=12', 'conv=notrunc', 'status=none'])),
    ).toMatch(/damaged: /);
  });

  test('overwritten pages, with a log that a killed daemon left', async () => {
    filled();
    const script = startScript(
      `import { SqliteStore } from '${shell}store/sqlite-store.ts';
       import { SystemClock } from '${shell}system-clock.ts';
       const store = new SqliteStore(${JSON.stringify(path)}, new SystemClock());
       store.append([], [${JSON.stringify(event(1))}]);
       console.log('done');
       setInterval(() => undefined, 1000);`,
    );
    await script.lines.next();
    script.child.kill('SIGKILL');
    await script.exited;
    expect(existsSync(`${path}-wal`)).toBe(true);
    expect(
      refusal(() => execFileSync('dd', ['if=/dev/urandom', `of=${path}`, 'bs=4096', 'seek=3', 'count=12', 'conv=notrunc', 'status=none'])),
    ).toMatch(/damaged: /);
  });

  test('a log without its database', () => {
    expect(refusal(() => writeFileSync(`${path}-wal`, 'frames'))).toMatch(/it is missing, but its write-ahead log .* is there/);
  });

  test('the database of something else', () => {
    const database = new DatabaseSync(path);
    database.exec('CREATE TABLE cookies (name)');
    database.close();
    expect(refusal(() => undefined)).toBe(`The store ${path} is damaged: it is a database, but not one of andon.`);
  });

  test('a newer schema is another refusal', () => {
    filled();
    const database = new DatabaseSync(path);
    database.exec('PRAGMA user_version = 99');
    database.close();
    copyFileSync(path, folder.at('before'));
    expect(() => openStore()).toThrow(
      expect.objectContaining({
        code: 'storeNewer',
        message: `The store ${path} was written by a newer andon (schema 99, this one knows 2).`,
      }),
    );
    expect(readFileSync(path).equals(readFileSync(folder.at('before')))).toBe(true);
  });

  test('a definition that its schema refuses is named', () => {
    filled();
    const database = new DatabaseSync(path);
    database.exec(`UPDATE types SET definition = '{"name":"type-7"}' WHERE name = 'type-7'`);
    database.close();
    expect(() => openStore().configuration()).toThrow(
      expect.objectContaining({ code: 'storeDamaged', message: expect.stringContaining('type "type-7": ') }),
    );
  });
});
