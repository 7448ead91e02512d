import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EventHandle, EventHandles } from '../../ports/index.ts';
import { PosixEventHandle } from './event-handle.ts';
import { native } from './native.ts';
import { ensureSafeDirectory, passableMode } from './safe-directory.ts';

type User = { readonly uid: number; readonly gid: number } | null;

const run = promisify(execFile);
const NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]*$/;
/** Longest name of a file on every common file system, less the dots and the random part of a pipe in the making. */
const LONGEST_NAME = 255 - 2 - 16;

/** Event handles as FIFOs in one directory of the daemon's own. */
export class PosixEventHandles implements EventHandles {
  readonly #directory: string;
  /** The same without symbolic links, as /proc tells it. */
  readonly #realDirectory: string;

  /** @throws AndonError `directoryUnsafe` | `directoryTrouble` */
  constructor(directory: string) {
    ensureSafeDirectory({ path: directory, mode: passableMode(), variable: 'ANDON_RUNTIME_DIR' });
    this.#directory = directory;
    this.#realDirectory = realpathSync(directory);
  }

  /** Beside first and then renamed over, so that the path never names anything half made; writers of the old pipe keep it. */
  async create(name: string, user: User): Promise<EventHandle> {
    const path = this.#pathOf(name);
    const beside = join(this.#directory, `.${name}.${randomBytes(8).toString('hex')}`);
    try {
      await makeFifo(beside);
      chmodSync(beside, 0o600);
      if (user) chownSync(beside, user.uid, user.gid);
      const handle = openFifo(beside, path, user);
      try {
        renameSync(beside, path);
      } catch (error) {
        handle.close();
        throw error;
      }
      return handle;
    } catch (error) {
      rmSync(beside, { force: true });
      throw error;
    }
  }

  async reopen(name: string, hostPid: number, user: User): Promise<EventHandle | null> {
    const path = this.#pathOf(name);
    const held = `/proc/${hostPid}/fd/3`;
    // The pipe that the host holds is the one its records are in, whatever the path names by now.
    const holdsOurs = isLinkTo(held, join(this.#realDirectory, name));
    return (holdsOurs ? tryOpen(held, path, user, constants.O_NONBLOCK) : null) ?? tryOpen(path, path, user);
  }

  #pathOf(name: string): string {
    if (!NAME.test(name) || name.length > LONGEST_NAME) throw new Error(`"${name}" cannot name an event handle`);
    return join(this.#directory, name);
  }
}

/** Some other pipe may have become descriptor 3 of a host that closed its own; reading that one would steal its data. */
function isLinkTo(link: string, path: string): boolean {
  try {
    const target = readlinkSync(link);
    return target === path || target === `${path} (deleted)`;
  } catch {
    return false;
  }
}

async function makeFifo(path: string): Promise<void> {
  const result = native()?.mkfifo(path, 0o600);
  // Where it failed, mkfifo(1) says why.
  if (result !== 0) await run('mkfifo', ['-m', '0600', '--', path], { timeout: 5_000 });
}

function tryOpen(open: string, path: string, user: User, flags: number = constants.O_NONBLOCK | constants.O_NOFOLLOW): EventHandle | null {
  try {
    return openFifo(open, path, user, flags);
  } catch {
    return null;
  }
}

/** Read-write, so that the pipe has no end when its writers leave, and no open of it ever waits. */
function openFifo(open: string, path: string, user: User, flags: number = constants.O_NONBLOCK | constants.O_NOFOLLOW): PosixEventHandle {
  const fd = openSync(open, constants.O_RDWR | flags);
  try {
    const stats = fstatSync(fd);
    const problem = problemOf(stats, user?.uid ?? process.getuid?.() ?? 0);
    if (problem) throw new Error(`${path}: ${problem}`);
    return new PosixEventHandle(path, fd, stats);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function problemOf(stats: Stats, uid: number): string | null {
  if (!stats.isFIFO()) return 'not a pipe';
  if (stats.uid !== uid) return `belongs to user ${stats.uid}, not to user ${uid}`;
  if ((stats.mode & 0o077) !== 0) return `open to others (mode ${(stats.mode & 0o7777).toString(8).padStart(4, '0')})`;
  return null;
}
