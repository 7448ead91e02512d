import { execFile } from 'node:child_process';
import { constants, openSync, readSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import { FailureRecordParser, type ParsedRecord } from '@andon/protocol';
import { errnoOf } from '../failure.ts';
import type { Journal } from './journal.ts';

const LF = 0x0a;
const BUFFER_BYTES = 64 * 1024;

/** A named pipe as the daemon makes one, with the kit as its reader. */
export class EventPipe {
  readonly path: string;
  readonly #fd: number;
  readonly #journal: Journal;
  readonly #socket: Socket;
  readonly #parser = new FailureRecordParser();
  #held = Buffer.alloc(0);
  #emptyLines = 0;
  #torn: string | null = null;

  private constructor(path: string, journal: Journal) {
    this.path = path;
    this.#journal = journal;
    this.#fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    // As in the daemon: a Socket takes part in the poll set of the loop; and one without a buffer of its own really stops when it is told to.
    const callback = (count: number, buffer: Uint8Array): boolean => {
      this.#take(Buffer.from(buffer.subarray(0, count)));
      return true;
    };
    this.#socket = new Socket({
      fd: this.#fd,
      readable: true,
      writable: false,
      onread: { buffer: Buffer.alloc(BUFFER_BYTES), callback },
    });
    this.#socket.on('error', () => {});
  }

  static async make(path: string, journal: Journal): Promise<EventPipe> {
    await promisify(execFile)('mkfifo', ['-m', '600', path]);
    return new EventPipe(path, journal);
  }

  /** How many lines without text came out of the pipe so far. */
  get emptyLines(): number {
    return this.#emptyLines;
  }

  /** The beginning of a record that was there before its end: nobody had written it whole. */
  get torn(): string | null {
    return this.#torn;
  }

  /** What was written without an LF so far. */
  get unfinished(): string {
    return this.#held.toString('latin1');
  }

  /** A blocking descriptor for a host to inherit as its descriptor 3; the caller closes it. */
  openToInherit(): number {
    return openSync(this.path, constants.O_RDWR);
  }

  /** Nobody reads from here on; what is written waits in the pipe. */
  pause(): void {
    this.#socket.pause();
  }

  /** Reads what waits, and goes on reading. */
  resume(): void {
    this.drain();
    this.#socket.resume();
  }

  /** Writes that many empty lines, which mean nothing; answers how many the pipe took. */
  writeEmptyLines(count: number): number {
    let written = 0;
    try {
      while (written < count) written += writeSync(this.#fd, Buffer.alloc(Math.min(count - written, BUFFER_BYTES), LF));
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN') throw error;
    }
    return written;
  }

  /** Writes empty lines until the pipe takes not one byte more. */
  fill(): void {
    while (this.writeEmptyLines(BUFFER_BYTES) > 0);
    while (this.writeEmptyLines(1) > 0);
  }

  /** Reads what waits now. */
  drain(): void {
    const buffer = Buffer.alloc(BUFFER_BYTES);
    try {
      for (let count = readSync(this.#fd, buffer); count > 0; count = readSync(this.#fd, buffer)) {
        this.#take(Buffer.from(buffer.subarray(0, count)));
      }
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN') throw error;
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    const all = Buffer.concat([this.#held, bytes]);
    let start = 0;
    for (let end = all.indexOf(LF); end !== -1; end = all.indexOf(LF, start)) {
      this.#accept(all.subarray(start, end + 1));
      start = end + 1;
    }
    this.#held = Buffer.from(all.subarray(start));
    // A full buffer may end within a record that is whole in the pipe.
    if (this.#held.length > 0 && bytes.length < BUFFER_BYTES) this.#torn ??= this.unfinished;
  }

  #accept(line: Buffer): void {
    const records: ParsedRecord[] = [];
    this.#parser.push(line, (record) => records.push(record));
    const [record = null] = records;
    if (record === null) this.#emptyLines++;
    else this.#journal.add({ kind: 'record', line: line.toString('latin1'), record });
  }
}
