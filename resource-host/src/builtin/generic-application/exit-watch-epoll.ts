import { closeSync, writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { epollEvent, type EpollWorkerData, importFfi } from './epoll.ts';
import { isRunning, type ProcessIdentity } from '../shared/identity.ts';

const EPOLL_CLOEXEC = 0o2000000;
const EFD_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
/** The same number on every architecture. Source: the kernel's unified system call table. */
const SYS_PIDFD_OPEN = 434n;

const LIBC = {
  epoll_create1: { arguments: ['i32'], return: 'i32' },
  epoll_ctl: { arguments: ['i32', 'i32', 'i32', 'pointer'], return: 'i32' },
  eventfd: { arguments: ['u32', 'i32'], return: 'i32' },
  syscall: { arguments: ['i64', 'i64', 'i64'], return: 'i64' },
} as const;
type Libc = ReturnType<typeof import('node:ffi').dlopen<typeof LIBC>>['functions'];

/** One worker thread and one epoll set of pidfds for all processes: the kernel tells of an exit, nobody asks. */
export class EpollExitWatch {
  readonly #libc: Libc;
  readonly #epollFd: number;
  readonly #watched = new Map<number, { readonly identity: ProcessIdentity; readonly onExit: () => void }>();

  private constructor(libc: Libc, epollFd: number) {
    this.#libc = libc;
    this.#epollFd = epollFd;
  }

  /** Rejects where Node has no ffi or the kernel no pidfd. */
  static async start(): Promise<EpollExitWatch> {
    const libc = (await importFfi()).dlopen(null, LIBC).functions;
    const epollFd = checked('epoll_create1', libc.epoll_create1(EPOLL_CLOEXEC));
    const endFd = checked('eventfd', libc.eventfd(0, EFD_CLOEXEC));
    checked('epoll_ctl', libc.epoll_ctl(epollFd, EPOLL_CTL_ADD, endFd, epollEvent(endFd)));
    closeSync(openPidfd(libc, process.pid));
    const watch = new EpollExitWatch(libc, epollFd);
    watch.#startWorker(endFd);
    return watch;
  }

  watch(identity: ProcessIdentity, onExit: () => void): void {
    let pidfd: number;
    try {
      pidfd = openPidfd(this.#libc, identity.pid);
    } catch {
      onExit();
      return;
    }
    // Only now is it certain whose descriptor this is: before, the number could have been passed on.
    if (!isRunning(identity)) {
      closeSync(pidfd);
      onExit();
      return;
    }
    this.#watched.set(pidfd, { identity, onExit });
    checked('epoll_ctl', this.#libc.epoll_ctl(this.#epollFd, EPOLL_CTL_ADD, pidfd, epollEvent(pidfd)));
  }

  #startWorker(endFd: number): void {
    const file = `./exit-watch-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`;
    const workerData: EpollWorkerData = { epollFd: this.#epollFd, endFd };
    const worker = new Worker(new URL(file, import.meta.url), { workerData });
    worker.unref();
    worker.on('message', (readable: readonly number[]) => {
      for (const pidfd of readable) this.#onReadable(pidfd);
    });
    // Node waits for its threads when it exits, and this one is in a system call.
    process.on('exit', () => writeSync(endFd, new Uint8Array(new BigUint64Array([1n]).buffer)));
  }

  #onReadable(pidfd: number): void {
    const watched = this.#watched.get(pidfd);
    this.#watched.delete(pidfd);
    // Closing takes it out of the epoll set.
    closeSync(pidfd);
    watched?.onExit();
  }
}

function openPidfd(libc: Libc, pid: number): number {
  return checked('pidfd_open', Number(libc.syscall(SYS_PIDFD_OPEN, BigInt(pid), 0n)));
}

function checked(call: string, result: number): number {
  if (result < 0) throw new Error(`${call} failed`);
  return result;
}
