import { closeSync, constants, fchmodSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AndonError } from '@andon/protocol';
import { errorText } from './posix/error-code.ts';

const SQLITE_BUSY = 5;

/** Referenced from here, since a database that nobody refers to is closed by the garbage collector, and its lock with it. */
const heldDatabases = new Set<DatabaseSync>();

/** Held for the life of the daemon. Only its holder may unlink sockets in these directories. */
export interface DaemonLock {
  release(): void;
}

/**
 * Makes this the only daemon of both directories. The kernel gives the lock back however the daemon ends, and hosts do not inherit it:
 * SQLite locks with fcntl, whose locks belong to a process; those of flock() would pass to every child.
 *
 * @throws AndonError `daemonRuns` | `directoryTrouble`
 */
export function acquireLock(places: { readonly runtimeDir: string; readonly stateDir: string }): DaemonLock {
  const directories = [
    { path: places.runtimeDir, variable: 'ANDON_RUNTIME_DIR' },
    { path: places.stateDir, variable: 'ANDON_STATE_DIR' },
  ];
  const held: DaemonLock[] = [];
  const release = (): void => {
    for (const lock of held.splice(0)) lock.release();
  };
  try {
    for (const [index, directory] of directories.entries())
      if (index === 0 || !isSame(directory.path, places.runtimeDir)) held.push(lockDirectory(directory.path, directory.variable));
  } catch (error) {
    release();
    throw error;
  }
  return { release };
}

/** One directory for both is allowed, and locked once. */
function isSame(one: string, other: string): boolean {
  const [first, second] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false }));
  return first !== undefined && first.dev === second?.dev && first.ino === second.ino;
}

function lockDirectory(directory: string, variable: string): DaemonLock {
  const pidFile = join(directory, 'andond.pid');
  const database = takeLock(directory, pidFile, variable);
  heldDatabases.add(database);
  try {
    writePid(pidFile);
  } catch {
    // It only names the holder to a second daemon; the lock holds without it.
  }
  return {
    release() {
      rmSync(pidFile, { force: true });
      heldDatabases.delete(database);
      database.close();
    },
  };
}

/** Never through a link that somebody left at the path, symbolic or hard: what it leads to would be emptied. */
function writePid(path: string): void {
  rmSync(path, { force: true });
  writeFileSync(path, `${process.pid}\n`, { mode: 0o600, flag: 'wx' });
}

function takeLock(directory: string, pidFile: string, variable: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    const path = join(directory, 'andond.lock');
    closeToOthers(path);
    database = new DatabaseSync(path, { timeout: 0 });
    // Never committed: nothing is written, so a full disk does not matter.
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY)
      throw new AndonError('daemonRuns', { directory, pid: holderOf(pidFile) }, { cause: error });
    throw new AndonError('directoryTrouble', { path: directory, reason: errorText(error), variable }, { cause: error });
  }
}

/**
 * Whoever may open the file for reading can hold a shared lock on it, and no daemon would start. It is closed before SQLite opens it:
 * a close gives back every lock that the process has on the file.
 */
function closeToOthers(path: string): void {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  try {
    fchmodSync(fd, 0o600);
  } finally {
    closeSync(fd);
  }
}

function holderOf(pidFile: string): string {
  try {
    return readFileSync(pidFile, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
