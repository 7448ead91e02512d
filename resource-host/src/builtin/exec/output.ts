import { closeSync, constants, fstatSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { LogFiles } from '../processes/log-files.ts';
import type { Printing } from '../processes/launch.ts';

/** Of a longer output only the end is looked at. */
const LOOKED_AT_BYTES = 64 * 1024;
const LONGEST_SAYING = 512;
/** By which OCF resource agents mark what they want told. */
const OCF_REASON = 'ocf-exit-reason:';

/**
 * Where one run of an entry point prints: the log of its resource, which the next run, other entry points and whatever online left
 * running write into as well.
 */
export class Output implements Printing {
  readonly stdout: number;
  readonly stderr: number;
  readonly #reader: number;
  readonly #from: number;
  #seenBytes: number;

  /** `apart`: its standard error is kept apart until it has ended, so that what it said is its own; then nothing may outlive it. */
  constructor(logs: LogFiles, stateDirectory: string, resource: string, apart: boolean) {
    this.stdout = logs.openFor(resource);
    this.stderr = apart ? openNameless(stateDirectory, resource) : this.stdout;
    // What may only be appended to is read by another descriptor of the same file.
    this.#reader = openSync(`/proc/self/fd/${this.stderr}`, constants.O_RDONLY);
    this.#from = fstatSync(this.stderr).size;
    this.#seenBytes = this.#from;
  }

  /** The last line, when anything was printed since this was last asked. */
  progress(): string | undefined {
    const { size } = fstatSync(this.#reader);
    if (size === this.#seenBytes) return undefined;
    this.#seenBytes = size;
    return lastLine(this.#text());
  }

  /** What it said: the last line that OCF marks as the reason, else the last line of all. */
  said(): string {
    const text = this.#text();
    const marked = text.split('\n').findLast((line) => line.startsWith(OCF_REASON));
    return readable(marked?.slice(OCF_REASON.length) ?? lastLine(text));
  }

  close(): void {
    if (this.stderr !== this.stdout) {
      writeSync(this.stdout, this.#text());
      closeSync(this.stderr);
    }
    closeSync(this.#reader);
    closeSync(this.stdout);
  }

  #text(): string {
    const { size } = fstatSync(this.#reader);
    // The log may have been cut since.
    const start = Math.max(size < this.#from ? 0 : this.#from, size - LOOKED_AT_BYTES);
    const bytes = Buffer.alloc(size - start);
    return bytes.toString('utf8', 0, readSync(this.#reader, bytes, 0, bytes.length, start));
  }
}

/** A file that is gone with its last descriptor, whatever ends this host. */
function openNameless(stateDirectory: string, resource: string): number {
  const folder = join(stateDirectory, 'exec');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${resource}.stderr`);
  rmSync(path, { force: true });
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND, 0o600);
  rmSync(path);
  return fd;
}

function lastLine(text: string): string {
  return readable(text.split('\n').findLast((line) => line.trim() !== '') ?? '');
}

function readable(line: string): string {
  return line
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, LONGEST_SAYING);
}
