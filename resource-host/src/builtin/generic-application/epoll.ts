/** Layout of `struct epoll_event`: packed on x86-64, naturally aligned elsewhere. Source: linux/eventpoll.h. */
const DATA_OFFSET = process.arch === 'x64' ? 4 : 8;
const EVENT_BYTES = DATA_OFFSET + 8;

const EPOLLIN = 1;
const EPOLLONESHOT = 1 << 30;

/** An event that reports once that `fd` is readable, which for a pidfd means that its process has exited. */
export function epollEvent(fd: number): Buffer {
  const event = Buffer.alloc(EVENT_BYTES);
  event.writeUInt32LE(EPOLLIN | EPOLLONESHOT, 0);
  event.writeBigUInt64LE(BigInt(fd), DATA_OFFSET);
  return event;
}

export function epollEvents(count: number): Buffer {
  return Buffer.alloc(EVENT_BYTES * count);
}

/** The descriptors named by the first `count` events. */
export function descriptorsOf(events: Buffer, count: number): number[] {
  return Array.from({ length: count }, (_, index) => Number(events.readBigUInt64LE(index * EVENT_BYTES + DATA_OFFSET)));
}

/** What crosses to the worker when it starts. */
export interface EpollWorkerData {
  readonly epollFd: number;
  /** Readable: the worker is to end. */
  readonly endFd: number;
}

/** node:ffi, without the warning that it is experimental: hosts write to a log that people read. */
export async function importFfi(): Promise<typeof import('node:ffi')> {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => {};
  try {
    return await import('node:ffi');
  } finally {
    process.emitWarning = emitWarning;
  }
}
