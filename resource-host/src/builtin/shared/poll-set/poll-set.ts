import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { checked, importFfi } from '../ffi.ts';
import { END_TOKEN, epollEvent, type PollWorkerData, type Readiness } from './epoll.ts';

const EPOLL_CLOEXEC = 0o2000000;
const EFD_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLL_CTL_MOD = 3;

const LIBC = {
  epoll_create1: { arguments: ['i32'], return: 'i32' },
  epoll_ctl: { arguments: ['i32', 'i32', 'i32', 'pointer'], return: 'i32' },
  eventfd: { arguments: ['u32', 'i32'], return: 'i32' },
} as const;
type Libc = ReturnType<typeof import('node:ffi').dlopen<typeof LIBC>>['functions'];

/**
 * Waits for what Node cannot wait for: pidfds, /proc/self/mountinfo, netlink. One worker thread and one epoll set for all
 * descriptors of this host, however many resources there are.
 */
export class PollSet {
  readonly #libc: Libc;
  readonly #epollFd: number;
  readonly #waiting = new Map<number, () => void>();
  #lastToken = END_TOKEN;

  private constructor(libc: Libc, epollFd: number) {
    this.#libc = libc;
    this.#epollFd = epollFd;
  }

  /** Rejects where Node has no ffi. */
  static async start(): Promise<PollSet> {
    const libc = (await importFfi()).dlopen(null, LIBC).functions;
    const set = new PollSet(libc, checked('epoll_create1', libc.epoll_create1(EPOLL_CLOEXEC)));
    set.#startWorker();
    return set;
  }

  /**
   * Calls back each time `fd` is ready, until the watch ends. What is ready and left so is told again. Ends with `end()`,
   * which must come before the descriptor is closed.
   */
  watch(fd: number, readiness: Readiness, onReady: () => void): Watch {
    // Not the descriptor itself: its number may be another's by the time that the worker's message arrives.
    const token = ++this.#lastToken;
    this.#control(EPOLL_CTL_ADD, fd, token, readiness);
    this.#waiting.set(token, () => {
      onReady();
      if (this.#waiting.has(token)) this.#control(EPOLL_CTL_MOD, fd, token, readiness);
    });
    return {
      end: () => {
        if (this.#waiting.delete(token)) this.#control(EPOLL_CTL_DEL, fd, token, readiness);
      },
    };
  }

  #control(operation: number, fd: number, token: number, readiness: Readiness): void {
    checked('epoll_ctl', this.#libc.epoll_ctl(this.#epollFd, operation, fd, epollEvent(token, readiness)));
  }

  #startWorker(): void {
    const file = `./worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`;
    const workerData: PollWorkerData = { epollFd: this.#epollFd };
    const endFd = checked('eventfd', this.#libc.eventfd(0, EFD_CLOEXEC));
    this.#control(EPOLL_CTL_ADD, endFd, END_TOKEN, 'readable');
    const worker = new Worker(new URL(file, import.meta.url), { workerData });
    worker.unref();
    worker.on('message', (ready: readonly number[]) => {
      for (const token of ready) this.#waiting.get(token)?.();
    });
    // Node waits for its threads when it exits, and this one is in a system call.
    process.on('exit', () => writeSync(endFd, new Uint8Array(new BigUint64Array([1n]).buffer)));
  }
}

/** One descriptor that is waited for. */
export interface Watch {
  end(): void;
}

let shared: Promise<PollSet> | undefined;

/** One for the whole host, started when the first resource needs it. Rejects where Node has no ffi. */
export function sharedPollSet(): Promise<PollSet> {
  shared ??= PollSet.start();
  return shared;
}
