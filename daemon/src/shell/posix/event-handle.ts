import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, rmSync, type Stats } from 'node:fs';
import { Socket } from 'node:net';
import type { EventHandle } from '../../ports/index.ts';

const BUFFER_BYTES = 64 * 1024;

/** One for all handles: libuv fills it and calls back before it reads anything else. */
const readBuffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
/** A drain may begin while a listener still looks at the buffer above, or at this one. */
let drainBuffer: Buffer | null = Buffer.allocUnsafeSlow(BUFFER_BYTES);

/** A FIFO that is open for reading and writing. */
export class PosixEventHandle implements EventHandle {
  readonly path: string;
  readonly uid: number;
  readonly #fd: number;
  readonly #device: number;
  readonly #inode: number;
  #socket: Socket | null = null;
  #listener: ((bytes: Uint8Array) => void) | null = null;
  #closed = false;
  #broken = false;

  /** Takes over `fd`, which must be non-blocking. */
  constructor(path: string, fd: number, stats: Stats) {
    this.path = path;
    this.uid = stats.uid;
    this.#fd = fd;
    this.#device = stats.dev;
    this.#inode = stats.ino;
  }

  read(listener: (bytes: Uint8Array) => void): void {
    if (this.#closed) return;
    this.#listener = listener;
    if (this.#socket) return;
    // A Socket takes part in the poll set of the loop; a stream of node:fs would keep a thread of the pool in read().
    this.#socket = new Socket({
      fd: this.#fd,
      readable: true,
      writable: false,
      onread: {
        buffer: readBuffer,
        callback: (count, buffer) => {
          this.#listener?.(buffer.subarray(0, count));
          return true;
        },
      },
    });
    this.#socket.on('error', () => {
      this.#broken = true;
    });
  }

  drain(limitBytes: number): void {
    if (this.#closed || !this.#listener) return;
    const buffer = drainBuffer ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    drainBuffer = null;
    try {
      let left = limitBytes;
      while (left > 0 && !this.#closed) {
        const count = readNow(this.#fd, buffer, Math.min(left, BUFFER_BYTES));
        if (count === 0) return;
        left -= count;
        this.#listener(buffer.subarray(0, count));
      }
    } finally {
      drainBuffer = buffer;
    }
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  isIntact(): boolean {
    if (this.#closed || this.#broken) return false;
    try {
      return this.#isThis(lstatSync(this.path));
    } catch {
      return false;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener = null;
    if (this.#socket) this.#socket.destroy();
    else closeSync(this.#fd);
  }

  remove(): void {
    // A newer pipe may have taken the path over.
    if (this.isIntact()) rmSync(this.path, { force: true });
    this.close();
  }

  #isThis(stats: Stats): boolean {
    return stats.dev === this.#device && stats.ino === this.#inode;
  }
}

/** 0 = nothing waits. Any other trouble shows in the socket's own reading. */
function readNow(fd: number, buffer: Buffer, length: number): number {
  try {
    return readSync(fd, buffer, 0, length, null);
  } catch {
    return 0;
  }
}

/**
 * A second, blocking descriptor of the pipe at `path`, for a host to inherit: the non-blocking flag belongs to the open pipe, not to
 * the descriptor, so with the daemon's own a host's `echo` would fail on a full pipe instead of waiting. The caller closes it.
 */
export function openToInherit(path: string): number {
  const fd = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    if (!fstatSync(fd).isFIFO()) throw new Error(`${path}: not a pipe`);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
