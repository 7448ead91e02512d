import { closeSync } from 'node:fs';
import { checked, importFfi } from '../ffi.ts';
import { isRunning, type ProcessIdentity } from '../identity.ts';
import { type PollSet, sharedPollSet } from '../poll-set/poll-set.ts';

/** The same number on every architecture. Source: the kernel's unified system call table. */
const SYS_PIDFD_OPEN = 434n;

const LIBC = { syscall: { arguments: ['i64', 'i64', 'i64'], return: 'i64' } } as const;
type Libc = ReturnType<typeof import('node:ffi').dlopen<typeof LIBC>>['functions'];

/** A pidfd for each process: the kernel tells of an exit, nobody asks. */
export class PidfdExitWatch {
  readonly #libc: Libc;
  readonly #set: PollSet;

  private constructor(libc: Libc, set: PollSet) {
    this.#libc = libc;
    this.#set = set;
  }

  /** Rejects where Node has no ffi or the kernel no pidfd. */
  static async start(): Promise<PidfdExitWatch> {
    const libc = (await importFfi()).dlopen(null, LIBC).functions;
    closeSync(openPidfd(libc, process.pid));
    return new PidfdExitWatch(libc, await sharedPollSet());
  }

  watch(identity: ProcessIdentity, onExit: () => void): () => void {
    let pidfd: number;
    try {
      pidfd = openPidfd(this.#libc, identity.pid);
    } catch {
      onExit();
      return () => {};
    }
    // Only now is it certain whose descriptor this is: before, the number could have been passed on.
    if (!isRunning(identity)) {
      closeSync(pidfd);
      onExit();
      return () => {};
    }
    let isOpen = true;
    const end = (): void => {
      if (!isOpen) return;
      isOpen = false;
      watch.end();
      closeSync(pidfd);
    };
    const watch = this.#set.watch(pidfd, 'readable', () => {
      end();
      onExit();
    });
    return end;
  }
}

function openPidfd(libc: Libc, pid: number): number {
  return checked('pidfd_open', Number(libc.syscall(SYS_PIDFD_OPEN, BigInt(pid), 0n)));
}
