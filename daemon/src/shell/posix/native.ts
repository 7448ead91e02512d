/** System calls that Node has no function for. Each answers a negative number when the kernel refuses. */
export interface Native {
  mkfifo(path: string, mode: number): number;
  /** A descriptor that stands for exactly this process. Linux 5.3. */
  pidfdOpen(pid: number): number;
  pidfdSignal(pidfd: number, signal: number): number;
  /** Programs started from now on inherit no descriptor from this number up, unless it is handed to them. Linux 5.11. */
  closeOnExecFrom(fd: number): number;
}

/** The same numbers on every architecture: calls added since Linux 5.1 share one table. */
const PIDFD_SEND_SIGNAL = 424;
const PIDFD_OPEN = 434;
const CLOSE_RANGE = 436;
const CLOSE_RANGE_CLOEXEC = 4;
const HIGHEST_FD = 0xffff_ffff;

let loaded: Native | null | undefined;

/** Null where Node has no `node:ffi` (before 26.1, or under --permission); the callers then have a slower way. */
export function native(): Native | null {
  loaded ??= load();
  return loaded;
}

function load(): Native | null {
  const ffi = withoutWarning(() => process.getBuiltinModule('node:ffi'));
  if (!ffi) return null;
  try {
    const { functions } = ffi.dlopen(null, {
      mkfifo: { arguments: ['string', 'u32'], return: 'i32' },
      syscall: { arguments: ['i64', 'i64', 'i64', 'i64', 'i64'], return: 'i64' },
    });
    const linuxCall = (number: number, first: number, second: number, third = 0): number =>
      process.platform === 'linux' ? Number(functions.syscall(BigInt(number), BigInt(first), BigInt(second), BigInt(third), 0n)) : -1;
    return {
      mkfifo: (path, mode) => functions.mkfifo(path, mode),
      pidfdOpen: (pid) => linuxCall(PIDFD_OPEN, pid, 0),
      pidfdSignal: (pidfd, signal) => linuxCall(PIDFD_SEND_SIGNAL, pidfd, signal),
      closeOnExecFrom: (fd) => linuxCall(CLOSE_RANGE, fd, HIGHEST_FD, CLOSE_RANGE_CLOEXEC),
    };
  } catch {
    return null;
  }
}

/** Loading node:ffi prints an ExperimentalWarning, which tells an administrator nothing. */
function withoutWarning<T>(action: () => T): T | undefined {
  const before = Object.getOwnPropertyDescriptor(process, 'emitWarning');
  process.emitWarning = () => undefined;
  try {
    return action();
  } catch {
    return undefined;
  } finally {
    if (before) Object.defineProperty(process, 'emitWarning', before);
  }
}
