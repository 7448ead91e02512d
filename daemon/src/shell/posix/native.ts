/** System calls that Node has no function for. Each answers a negative number when the kernel refuses. */
export interface Native {
  mkfifo(path: string, mode: number): number;
  /** A descriptor that stands for exactly this process. Linux 5.3. */
  pidfdOpen(pid: number): number;
  pidfdSignal(pidfd: number, signal: number): number;
  /** Programs started from now on inherit no descriptor from this number up, unless it is handed to them. Linux 5.11. */
  closeOnExecFrom(fd: number): number;
  /** A socket that sends datagrams in the Unix domain and never waits. */
  datagramSocket(): number;
  /** Sends to a socket by its path; `@` in front names an abstract one. Bytes sent. */
  sendDatagram(fd: number, path: string, bytes: Uint8Array): number;
  /** The user who connected this socket of the Unix domain, as the kernel wrote it down then. Null where it does not tell. */
  peerUid(fd: number): number | null;
}

/** The same numbers on every architecture: calls added since Linux 5.1 share one table. */
const PIDFD_SEND_SIGNAL = 424;
const PIDFD_OPEN = 434;
const CLOSE_RANGE = 436;
const CLOSE_RANGE_CLOEXEC = 4;
const HIGHEST_FD = 0xffff_ffff;

const AF_UNIX = 1;
/** SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, as Linux numbers them on x86-64 and arm64. */
const DATAGRAM_SOCKET = 0o2_004_002;
const MSG_NOSIGNAL = 0x4000;
/** SOL_SOCKET and SO_PEERCRED, as Linux numbers them on x86-64 and arm64. */
const SOCKET_LEVEL = 1;
const PEER_CREDENTIALS = 17;
/** `struct ucred`: pid, uid, gid. */
const CREDENTIALS_BYTES = 12;

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
      socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
      sendto: { arguments: ['i32', 'buffer', 'u64', 'i32', 'buffer', 'u32'], return: 'i64' },
      getsockopt: { arguments: ['i32', 'i32', 'i32', 'buffer', 'buffer'], return: 'i32' },
      syscall: { arguments: ['i64', 'i64', 'i64', 'i64', 'i64'], return: 'i64' },
    });
    const linuxCall = (number: number, first: number, second: number, third = 0): number =>
      process.platform === 'linux' ? Number(functions.syscall(BigInt(number), BigInt(first), BigInt(second), BigInt(third), 0n)) : -1;
    return {
      mkfifo: (path, mode) => functions.mkfifo(path, mode),
      pidfdOpen: (pid) => linuxCall(PIDFD_OPEN, pid, 0),
      pidfdSignal: (pidfd, signal) => linuxCall(PIDFD_SEND_SIGNAL, pidfd, signal),
      closeOnExecFrom: (fd) => linuxCall(CLOSE_RANGE, fd, HIGHEST_FD, CLOSE_RANGE_CLOEXEC),
      datagramSocket: () => (process.platform === 'linux' ? functions.socket(AF_UNIX, DATAGRAM_SOCKET, 0) : -1),
      sendDatagram: (fd, path, bytes) => {
        const address = unixAddress(path);
        return Number(functions.sendto(fd, bytes, BigInt(bytes.length), MSG_NOSIGNAL, address, address.length));
      },
      peerUid: (fd) => {
        if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) return null;
        const credentials = new Int32Array(CREDENTIALS_BYTES / Int32Array.BYTES_PER_ELEMENT);
        const length = Uint32Array.of(CREDENTIALS_BYTES);
        const result = functions.getsockopt(fd, SOCKET_LEVEL, PEER_CREDENTIALS, bytesOf(credentials), bytesOf(length));
        // Numbers of users have no sign.
        return result === 0 && length[0] === CREDENTIALS_BYTES ? (credentials[1] ?? 0) >>> 0 : null;
      },
    };
  } catch {
    return null;
  }
}

function bytesOf(numbers: Int32Array | Uint32Array): Uint8Array {
  return new Uint8Array(numbers.buffer);
}

/** A `sockaddr_un` of Linux. The length counts, so that an abstract name ends where its text does; a path ends with its zero. */
function unixAddress(path: string): Uint8Array {
  const name = path.startsWith('@') ? `\0${path.slice(1)}` : `${path}\0`;
  const family = new Uint8Array(Uint16Array.of(AF_UNIX).buffer);
  return Buffer.concat([family, Buffer.from(name)]);
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
