import {
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  type FSWatcher,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  truncateSync,
  watch,
} from 'node:fs';
import { join } from 'node:path';
import { lastLine } from './last-line.ts';

const MAX_LOG_BYTES = 10 * 1024 * 1024;
/** `web-1.log`, `web-1.log.1`, `web-1.log.2`. */
const MAX_LOG_FILES = 3;
/** A log that grows is looked at this often, ms; logs that rest cost nothing. */
const LOOK_EVERY_MS = 2_000;

/** Of a log only the end is looked at. */
const LOOKED_AT_BYTES = 4 * 1024;

/** The log files of all applications of this host, kept below 3 × 10 MiB each. */
export class LogFiles {
  readonly #folder: string;
  readonly #open = new Set<string>();
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(stateDirectory: string) {
    this.#folder = join(stateDirectory, 'logs', 'applications');
  }

  /**
   * Answers a descriptor for appending, which the caller closes, and watches the size of the file from now on. A log that cannot be
   * opened, as on a full disk, stops no program: what it prints is lost.
   */
  openFor(resource: string): number {
    const path = this.pathOf(resource);
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o750 });
      this.keep(resource);
      return openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, 0o640);
    } catch (error) {
      process.stderr.write(`${path} cannot be opened, so what ${resource} prints is lost: ${String(error)}\n`);
      return openSync('/dev/null', constants.O_WRONLY);
    }
  }

  keep(resource: string): void {
    this.#open.add(resource);
    if (!this.#watcher && !this.#timer) this.#look();
  }

  release(resource: string): void {
    this.#open.delete(resource);
    if (this.#open.size === 0) this.#rest();
  }

  /** The last line that was printed since the log had this many bytes; empty when there is none, or none to be read. */
  lastLine(resource: string, sinceBytes: number): string {
    try {
      return lastLine(endOf(this.pathOf(resource), sinceBytes));
    } catch {
      return '';
    }
  }

  pathOf(resource: string): string {
    return join(this.#folder, `${resource}.log`);
  }

  /** Sleeps until any of the files changes, rather than looking at all of them for ever. */
  #look(): void {
    for (const resource of this.#open) rotate(this.pathOf(resource));
    this.#rest();
    try {
      this.#watcher = watch(this.#folder, { persistent: false }, () => this.#onChange());
      this.#watcher.on('error', () => this.#onChange());
    } catch {
      // No inotify watch is left on this machine: look at intervals instead.
      this.#onChange();
    }
  }

  #onChange(): void {
    this.#rest();
    this.#timer = setTimeout(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}

function endOf(path: string, sinceBytes: number): string {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    const { size } = fstatSync(fd);
    // It may have been cut since.
    const from = Math.max(size < sinceBytes ? 0 : sinceBytes, size - LOOKED_AT_BYTES);
    const bytes = Buffer.alloc(size - from);
    return bytes.toString('utf8', 0, readSync(fd, bytes, 0, bytes.length, from));
  } finally {
    closeSync(fd);
  }
}

/** Copies and truncates, because the application keeps its descriptor; what it writes in between is lost. */
function rotate(path: string): void {
  try {
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size <= MAX_LOG_BYTES) return;
    for (let number = MAX_LOG_FILES - 2; number >= 1; number--) {
      const older = `${path}.${number}`;
      if (statSync(older, { throwIfNoEntry: false })) renameSync(older, `${path}.${number + 1}`);
    }
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
  } catch (error) {
    process.stderr.write(`cannot rotate ${path}: ${String(error)}\n`);
  }
}

export function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // It was closed already.
  }
}
