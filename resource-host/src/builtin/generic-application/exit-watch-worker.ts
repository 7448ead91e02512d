import { parentPort, workerData } from 'node:worker_threads';
import { descriptorsOf, epollEvents, importFfi } from './epoll.ts';

const EVENTS_AT_ONCE = 64;

/** Waits in epoll_wait for ever, which stops this thread and no other, and tells the main thread which pidfds are readable. */
async function wait(epollFd: number, endFd: number): Promise<void> {
  const { functions } = (await importFfi()).dlopen(null, {
    epoll_wait: { arguments: ['i32', 'pointer', 'i32', 'i32'], return: 'i32' },
  });
  const events = epollEvents(EVENTS_AT_ONCE);
  for (;;) {
    // Negative: interrupted by a signal.
    const count = Math.max(0, functions.epoll_wait(epollFd, events, EVENTS_AT_ONCE, -1));
    const readable = descriptorsOf(events, count);
    if (readable.includes(endFd)) return;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    if (readable.length > 0) parentPort?.postMessage(readable);
  }
}

await wait(Number(workerData?.epollFd), Number(workerData?.endFd));
