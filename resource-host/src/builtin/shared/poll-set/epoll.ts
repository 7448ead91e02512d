/** Layout of `struct epoll_event`: packed on x86-64, naturally aligned elsewhere. Source: linux/eventpoll.h. */
const DATA_OFFSET = process.arch === 'x64' ? 4 : 8;
const EVENT_BYTES = DATA_OFFSET + 8;

const EPOLLIN = 0x1;
const EPOLLPRI = 0x2;
const EPOLLONESHOT = 0x4000_0000;

/** What a descriptor is waited for: `readable` data (of a pidfd: its process has exited), or an `exceptional` condition. */
export type Readiness = 'readable' | 'exceptional';

/** An event that reports `token` once when a descriptor is ready, and then rests until it is armed again. */
export function epollEvent(token: number, readiness: Readiness): Buffer {
  const event = Buffer.alloc(EVENT_BYTES);
  event.writeUInt32LE((readiness === 'readable' ? EPOLLIN : EPOLLPRI) | EPOLLONESHOT, 0);
  event.writeBigUInt64LE(BigInt(token), DATA_OFFSET);
  return event;
}

export function epollEvents(count: number): Buffer {
  return Buffer.alloc(EVENT_BYTES * count);
}

/** The tokens of the first `count` events. */
export function tokensOf(events: Buffer, count: number): number[] {
  return Array.from({ length: count }, (_, index) => Number(events.readBigUInt64LE(index * EVENT_BYTES + DATA_OFFSET)));
}

/** The token that tells the worker to end. */
export const END_TOKEN = 0;

/** What crosses to the worker when it starts. */
export interface PollWorkerData {
  readonly epollFd: number;
}
