import { chmodSync, lstatSync, mkdirSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { AndonError } from '@andon/protocol';
import { errorCode } from './error-code.ts';

const GROUP_OR_WORLD_WRITABLE = 0o022;
const WORLD_WRITABLE = 0o002;
const STICKY = 0o1000;

export interface DirectoryWish {
  readonly path: string;
  /** Permission bits of a new directory. */
  readonly mode: number;
  /** Environment variable that names another one; told in the remedy. */
  readonly variable: string;
}

/**
 * Makes the directory unless it is there, and refuses one in which others could plant or replace files.
 * Below a sticky directory such as /tmp it must be closed to everyone else.
 *
 * @throws AndonError `directoryUnsafe` | `directoryTrouble`
 */
export function ensureSafeDirectory(wish: DirectoryWish): void {
  const parent = dirname(wish.path);
  try {
    // Directories on the way belong to this user alone, as the XDG specification asks.
    if (!statOf(parent)) mkdirSync(parent, { recursive: true, mode: 0o700 });
    const parentStats = statOf(parent);
    const shared = parentStats !== null && (parentStats.mode & WORLD_WRITABLE) !== 0;
    create(wish, shared);
    const unsafe = problemOf(lstatSync(wish.path), {
      shared,
      sticky: ((parentStats?.mode ?? 0) & STICKY) !== 0,
    });
    if (unsafe)
      throw new AndonError('directoryUnsafe', {
        path: wish.path,
        reason: unsafe.reason,
        hint: unsafe.hint(wish),
      });
  } catch (error) {
    if (error instanceof AndonError) throw error;
    throw new AndonError('directoryTrouble', { path: wish.path, reason: reasonOf(error), variable: wish.variable }, { cause: error });
  }
}

/** Hosts of other users, which only root can start, pass through to their pipe and the host socket, but cannot list. */
export function passableMode(): number {
  return process.getuid?.() === 0 ? 0o711 : 0o700;
}

/** mkdir obeys the umask, so the bits are set again; an existing directory keeps its own. */
function create(wish: DirectoryWish, shared: boolean): void {
  const mode = shared ? 0o700 : wish.mode;
  try {
    mkdirSync(wish.path, { mode });
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return;
    throw error;
  }
  chmodSync(wish.path, mode);
}

interface Unsafe {
  readonly reason: string;
  readonly hint: (wish: DirectoryWish) => string;
}

function problemOf(stats: Stats, parent: { readonly shared: boolean; readonly sticky: boolean }): Unsafe | null {
  const uid = process.getuid?.() ?? 0;
  const octal = (stats.mode & 0o7777).toString(8).padStart(4, '0');
  const another = ({ variable }: DirectoryWish): string => `Name another directory with ${variable}.`;
  if (stats.isSymbolicLink())
    return {
      reason: 'it is a symbolic link',
      hint: ({ variable }) => `Name the real directory with ${variable}.`,
    };
  if (!stats.isDirectory()) return { reason: 'it is not a directory', hint: another };
  if (stats.uid !== uid) return { reason: `it belongs to user ${stats.uid}, not to user ${uid}`, hint: another };
  if ((stats.mode & GROUP_OR_WORLD_WRITABLE) !== 0)
    return {
      reason: `others may write to it (mode ${octal})`,
      hint: ({ path }) => `Run: chmod go-w ${path}`,
    };
  if (parent.shared && !parent.sticky)
    return {
      reason: 'anyone may replace it, since everyone may write to its parent directory',
      hint: another,
    };
  if (parent.shared && (stats.mode & 0o077) !== 0)
    return {
      reason: `it lies in a directory that everyone may write to, and is open to others (mode ${octal})`,
      hint: ({ path }) => `Run: chmod 700 ${path}`,
    };
  return null;
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function reasonOf(error: unknown): string {
  switch (errorCode(error)) {
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'EROFS':
      return 'the file system is read-only';
    case 'ENOSPC':
      return 'the disk is full';
    case 'ENOTDIR':
      return 'a part of the path is not a directory';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
