import { closeSync, constants, fstatSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { lastLine, readable } from '../last-line.ts';
import type { LogFiles } from '../log-files.ts';

/** Of a longer output only the end is looked at. */
const LOOKED_AT_BYTES = 64 * 1024;
/** By which OCF resource agents mark what they want told. */
const OCF_REASON = 'ocf-exit-reason:';

/** Where one run of the script prints. In the end all of it is in the log of its resource. */
export class Output {
  /** For standard output and standard error. */
  readonly fd: number;
  readonly #log: number;
  readonly #reader: number;
  readonly #from: number;
  #seenBytes: number;

  /**
   * `apart`: what it prints is kept apart until it has ended, for the log is also written by what online has left running. Nothing that
   * this run leaves running is heard then.
   */
  constructor(logs: LogFiles, stateDirectory: string, resource: string, apart: boolean) {
    this.#log = logs.openFor(resource);
    this.fd = (apart ? openNameless(stateDirectory, resource) : undefined) ?? this.#log;
    // What may only be appended to is read by another descriptor of the same file.
    this.#reader = openSync(`/proc/self/fd/${this.fd}`, constants.O_RDONLY);
    this.#from = fstatSync(this.fd).size;
    this.#seenBytes = this.#from;
  }

  /** Hands on the last line, when anything was printed since this was last asked. */
  ifPrinted(handOn: (text: string) => void): void {
    const { size } = fstatSync(this.#reader);
    if (size === this.#seenBytes) return;
    this.#seenBytes = size;
    handOn(lastLine(this.#text()));
  }

  /** What it said: the last line that OCF marks as the reason, else the last line of all. */
  said(): string {
    const text = this.#text();
    const marked = text.split('\n').findLast((line) => line.startsWith(OCF_REASON));
    return readable(marked?.slice(OCF_REASON.length) ?? lastLine(text));
  }

  close(): void {
    if (this.fd !== this.#log) {
      keep(this.#text(), this.#log);
      closeSync(this.fd);
    }
    closeSync(this.#reader);
    closeSync(this.#log);
  }

  #text(): string {
    const { size } = fstatSync(this.#reader);
    // The log may have been cut since.
    const start = Math.max(size < this.#from ? 0 : this.#from, size - LOOKED_AT_BYTES);
    const bytes = Buffer.alloc(size - start);
    return bytes.toString('utf8', 0, readSync(this.#reader, bytes, 0, bytes.length, start));
  }
}

/** What a full disk does not take is lost: it says nothing about the resource. */
function keep(text: string, log: number): void {
  try {
    writeSync(log, text);
  } catch (error) {
    process.stderr.write(`the output of a script is lost: ${String(error)}\n`);
  }
}

/** A file that is gone with its last descriptor, whatever ends this host. Undefined where the disk takes none. */
function openNameless(stateDirectory: string, resource: string): number | undefined {
  const folder = join(stateDirectory, 'scripts');
  const path = join(folder, `${resource}.output`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    rmSync(path, { force: true });
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND, 0o600);
    rmSync(path);
    return fd;
  } catch (error) {
    process.stderr.write(`${path} cannot be made, so the script prints into its log at once: ${String(error)}\n`);
    return undefined;
  }
}
