import { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { checked, importFfi } from './ffi.ts';

const PR_SET_CHILD_SUBREAPER = 36;
const P_ALL = 0;
const P_PID = 1;
const WNOHANG = 0x1;
const WEXITED = 0x4;
/** Looks, and leaves it to be waited for. */
const WNOWAIT = 0x0100_0000;
/** `siginfo_t` where pointers have 64 bits. Source: asm-generic/siginfo.h. */
const INFO_BYTES = 128;
const PID_OFFSET = 16;

const LIBC = {
  prctl: { arguments: ['i32', 'u64', 'u64', 'u64', 'u64'], return: 'i32' },
  waitid: { arguments: ['i32', 'u32', 'pointer', 'i32'], return: 'i32' },
} as const;
type Libc = ReturnType<typeof import('node:ffi').dlopen<typeof LIBC>>['functions'];

/** Node waits for these itself, and must not find them gone. */
const ofNode = new Set<ChildProcess>();
let taken: Promise<void> | undefined;

/**
 * What a script leaves running becomes a child of this host, and is waited for as soon as it has exited. A pid 1 that takes note late,
 * or never, would leave a zombie, which `kill -0` in a script takes for a running program. Comes before the first child of the host;
 * changes nothing where Node has no ffi.
 */
export function becomeSubreaper(): Promise<void> {
  taken ??= take().catch(() => undefined);
  return taken;
}

async function take(): Promise<void> {
  const libc = (await importFfi()).dlopen(null, LIBC).functions;
  checked('prctl', libc.prctl(PR_SET_CHILD_SUBREAPER, 1n, 0n, 0n, 0n));
  subscribe('child_process', (message) => {
    if (typeof message !== 'object' || message === null || !('process' in message) || !(message.process instanceof ChildProcess)) return;
    const { process: child } = message;
    ofNode.add(child);
    child.once('exit', () => ofNode.delete(child));
    // That it could not be started.
    child.once('error', () => child.pid === undefined && ofNode.delete(child));
  });
  // Node takes note of its own children first.
  process.on('SIGCHLD', () => setImmediate(() => reap(libc)));
}

function reap({ waitid }: Libc): void {
  const info = Buffer.alloc(INFO_BYTES);
  while (waitid(P_ALL, 0, info, WEXITED | WNOHANG | WNOWAIT) === 0) {
    const pid = info.readInt32LE(PID_OFFSET);
    // One of Node's own that has exited since stands in the way of the others; its signal comes.
    if (pid === 0 || [...ofNode].some((child) => child.pid === pid)) return;
    waitid(P_PID, pid, info, WEXITED | WNOHANG);
    info.fill(0);
  }
}
