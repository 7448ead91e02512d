import { closeSync, constants, fstatSync, openSync, statSync, writeSync } from 'node:fs';

/** Wait before a full or absent pipe is tried again, ms. */
const RETRY_MS = 50;

export interface EventHandleOptions {
  /** Number of the inherited descriptor, and whether the daemon named it (`ANDON_EVENT_FD`). */
  readonly inheritedFd: number;
  readonly inheritedFdIsNamed: boolean;
  /** Path of the pipe (`ANDON_EVENT_HANDLE`). */
  readonly path: string;
  /** Says why records cannot be written now; called once for each new reason. */
  onTrouble(text: string): void;
}

/**
 * Writes failure records to the named pipe of this host. Never blocks, never creates a file, never drops a record: what the
 * pipe does not take now stays here, at most one record for each resource, until it is taken or forgotten.
 */
export class EventHandleWriter {
  readonly #options: EventHandleOptions;
  readonly #waiting = new Map<string, string>();
  #fd: number | undefined;
  #retry: NodeJS.Timeout | undefined;
  #trouble = '';

  constructor(options: EventHandleOptions) {
    this.#options = options;
  }

  /** Writes `line`, newline included, with one write(2): now if the pipe takes it, else as soon as it does. */
  write(key: string, line: string): void {
    this.#waiting.set(key, line);
    if (this.#retry === undefined) this.#flush();
  }

  /** The record is not needed any more. */
  forget(key: string): void {
    this.#waiting.delete(key);
  }

  #flush(): void {
    this.#retry = undefined;
    try {
      this.#fd ??= openEventHandle(this.#options);
      for (const [key, line] of this.#waiting) {
        writeSync(this.#fd, line);
        this.#waiting.delete(key);
      }
      this.#trouble = '';
    } catch (error) {
      this.#postpone(error);
    }
  }

  #postpone(error: unknown): void {
    if (!isFullPipe(error)) {
      this.#reopenLater();
      const text = `cannot write to the event handle ${this.#options.path}: ${String(error)}`;
      if (text !== this.#trouble) this.#options.onTrouble(text);
      this.#trouble = text;
    }
    this.#retry = setTimeout(() => this.#flush(), RETRY_MS);
  }

  #reopenLater(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/**
 * Opens the pipe anew rather than writing to the inherited descriptor: that one is blocking, and making it non-blocking would
 * change it for every shell that shares it. Opening through the descriptor works even when the path is gone.
 */
function openEventHandle(options: EventHandleOptions): number {
  const candidates = inheritedPipe(options) ? [`/proc/self/fd/${options.inheritedFd}`, options.path] : [options.path];
  let trouble: unknown;
  for (const path of candidates) {
    try {
      return openPipe(path);
    } catch (error) {
      trouble = error;
    }
  }
  throw trouble;
}

function openPipe(path: string): number {
  // No O_CREAT: a path that is gone must not become a regular file that nobody reads.
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  if (fstatSync(fd).isFIFO()) return fd;
  closeSync(fd);
  throw new Error(`${path} is not a named pipe`);
}

/** Descriptor 3 of a process that inherited nothing may be any pipe of the runtime's own. */
function inheritedPipe({ inheritedFd, inheritedFdIsNamed, path }: EventHandleOptions): boolean {
  try {
    const inherited = fstatSync(inheritedFd);
    if (!inherited.isFIFO()) return false;
    if (inheritedFdIsNamed) return true;
    const named = statSync(path);
    return named.ino === inherited.ino && named.dev === inherited.dev;
  } catch {
    return false;
  }
}

function isFullPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}
