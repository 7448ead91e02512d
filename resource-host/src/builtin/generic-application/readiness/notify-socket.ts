import { closeSync } from 'node:fs';
import { checked, importFfi } from '../../shared/ffi.ts';
import { sharedPollSet, type Watch } from '../../shared/poll-set/poll-set.ts';
import { DatagramReader } from './datagram.ts';

const AF_UNIX = 1;
/** SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, as Linux numbers them on x86-64 and arm64; so are the others. */
const DATAGRAM_SOCKET = 0o2_004_002;
const SOL_SOCKET = 1;
const SO_PASSCRED = 16;
const ROOT = 0;

const LIBC = {
  socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  setsockopt: { arguments: ['i32', 'i32', 'i32', 'buffer', 'u32'], return: 'i32' },
  bind: { arguments: ['i32', 'buffer', 'u32'], return: 'i32' },
  recvmsg: { arguments: ['i32', 'buffer', 'i32'], return: 'i64' },
} as const;
type Libc = ReturnType<typeof import('node:ffi').dlopen<typeof LIBC>>['functions'];

export interface NotifyListener {
  /** By whom the application runs. Others are not heard, except root. */
  readonly uid: number;
  onStatus(text: string): void;
}

/**
 * Where an application tells how it is, in the way of sd_notify(3). An abstract socket: it is reached by a program of another user or root
 * directory, leaves no file behind, and the next host can have the same name.
 */
export class NotifySocket {
  /** Resolves with the first READY=1. */
  readonly ready: Promise<void>;
  readonly #fd: number;
  readonly #watch: Watch;
  #listener: NotifyListener | undefined;

  private constructor(fd: number, reader: DatagramReader, watch: (onReadable: () => void) => Watch) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ready = promise;
    this.#fd = fd;
    this.#watch = watch(() => {
      for (let datagram = reader.next(); datagram; datagram = reader.next()) {
        if (!this.#listener || (datagram.uid !== this.#listener.uid && datagram.uid !== ROOT)) continue;
        const lines = datagram.text.split('\n');
        const status = lines.findLast((line) => line.startsWith('STATUS='));
        if (status !== undefined) this.#listener.onStatus(status.slice('STATUS='.length));
        if (lines.includes('READY=1')) resolve();
      }
    });
  }

  /** @param unique part of the name, known to the application only */
  static async open(unique: string): Promise<NotifySocket> {
    const { dlopen, getRawPointer } = await importFfi().catch((cause: unknown) => {
      throw new Error(`readyNotify needs node:ffi, which this Node (${process.version}) does not have; use another ready… property`, {
        cause,
      });
    });
    const libc = dlopen(null, LIBC).functions;
    const set = await sharedPollSet();
    const fd = bound(libc, addressOf(unique));
    const reader = new DatagramReader((header, flags) => Number(libc.recvmsg(fd, header, flags)), getRawPointer);
    return new NotifySocket(fd, reader, (onReadable) => set.watch(fd, 'readable', onReadable));
  }

  /** What the application finds in NOTIFY_SOCKET. */
  static nameOf(unique: string): string {
    return `@andon-notify-${unique}`;
  }

  listen(listener: NotifyListener): void {
    this.#listener = listener;
  }

  close(): void {
    this.#watch.end();
    closeSync(this.#fd);
  }
}

function bound(libc: Libc, address: Buffer): number {
  const fd = checked('socket', libc.socket(AF_UNIX, DATAGRAM_SOCKET, 0));
  try {
    checked('setsockopt', libc.setsockopt(fd, SOL_SOCKET, SO_PASSCRED, Buffer.from(Uint32Array.of(1).buffer), 4));
    checked('bind', libc.bind(fd, address, address.length));
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** A `sockaddr_un`; the zero in front of a name makes it an abstract one, which ends where the address does. */
function addressOf(unique: string): Buffer {
  const family = Buffer.from(Uint16Array.of(AF_UNIX).buffer);
  return Buffer.concat([family, Buffer.from(`\0${NotifySocket.nameOf(unique).slice(1)}`)]);
}
