import { accessSync, chmodSync, closeSync, constants, fsyncSync, linkSync, lstatSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AndonError } from '@andon/protocol';
import { StoreTrouble } from '../../ports/index.ts';
import { errorCode, errorText } from '../posix/error-code.ts';
import { createTables, migrate, PRECIOUS_TABLES, SCHEMA_VERSION } from './schema.ts';
import { asStoreTrouble, isDamage } from './store-trouble.ts';

/**
 * Opens the store, or makes a new one where there is none. A damaged or newer store is refused before anything is written to it.
 *
 * @throws AndonError `storeDamaged` | `storeNewer` | `storeReadOnly`
 */
export function openDatabase(path: string): DatabaseSync {
  try {
    const isExamined = exists(path) ? examine(path) : create(path);
    const database = connect(path);
    try {
      if (!isExamined) check(database, path);
      migrate(database);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    throw refusal(error, path);
  }
}

function connect(path: string): DatabaseSync {
  // SQLite opens what it may not write as read-only, and then blames the disk.
  accessSync(path, constants.R_OK | constants.W_OK);
  if ((lstatSync(path).mode & 0o777) !== 0o600) chmodSync(path, 0o600);
  const database = new DatabaseSync(path);
  try {
    // Before the journal mode: then the index of the log lives in memory instead of a file that a full disk has no room for.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Made whole under another name and then linked, so that a store under its own name is never half made. */
function create(path: string): true {
  // An empty one says nothing: it may be left over from looking at a damaged store.
  if (sizeOf(`${path}-wal`) > 0) throw damaged(path, `it is missing, but its write-ahead log ${path}-wal is there`);
  rmSync(`${path}-wal`, { force: true });
  const beside = `${path}.${process.pid}.new`;
  rmSync(beside, { force: true });
  try {
    closeSync(openSync(beside, 'wx', 0o600));
    const database = new DatabaseSync(beside);
    try {
      createTables(database);
    } finally {
      database.close();
    }
    linkSync(beside, path);
    syncDirectory(dirname(path));
    return true;
  } finally {
    for (const leftover of [beside, `${beside}-journal`]) rmSync(leftover, { force: true });
  }
}

function syncDirectory(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Read-only, so that not even the end of the connection changes a file that is refused. False: a disk without room for the index file
 * that a read-only connection needs leaves it to the connection proper.
 */
function examine(path: string): boolean {
  const stats = lstatSync(path);
  if (!stats.isFile()) throw damaged(path, 'it is not a regular file');
  if (stats.size === 0) throw damaged(path, 'it is empty');
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    check(database, path);
    return true;
  } catch (error) {
    if (asStoreTrouble(error) instanceof StoreTrouble && !isDamage(error)) return false;
    throw error;
  } finally {
    database.close();
  }
}

function check(database: DatabaseSync, path: string): void {
  const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (found > SCHEMA_VERSION) throw new AndonError('storeNewer', { path, found, known: SCHEMA_VERSION });
  if (found < 1) throw damaged(path, 'it is a database, but not one of andon');
  for (const table of PRECIOUS_TABLES) {
    // Compares the table with the index of its names too: each is a copy of the names that tells of damage in the other.
    const verdict = String(database.prepare(`PRAGMA integrity_check("${table}")`).get()?.['integrity_check']);
    if (verdict !== 'ok') throw damaged(path, `table ${table}: ${verdict}`);
  }
}

function damaged(path: string, reason: string): AndonError {
  return new AndonError('storeDamaged', { path, reason });
}

/** The error to throw when a store cannot be opened: in words, with what to do. */
export function refusal(error: unknown, path: string): unknown {
  if (error instanceof AndonError) return error;
  const code = errorCode(error);
  const trouble = asStoreTrouble(error);
  if (isDamage(error) || (code === 'ERR_SQLITE_ERROR' && trouble === error))
    return new AndonError('storeDamaged', { path, reason: errorText(error) }, { cause: error });
  if (trouble instanceof StoreTrouble || /^E[A-Z]+$/.test(code))
    return new AndonError('storeReadOnly', { path, reason: errorText(trouble), directory: dirname(path) }, { cause: error });
  return error;
}

function sizeOf(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
