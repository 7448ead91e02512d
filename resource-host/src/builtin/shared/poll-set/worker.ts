import { parentPort, workerData } from 'node:worker_threads';
import { importFfi } from '../ffi.ts';
import { END_TOKEN, epollEvents, tokensOf } from './epoll.ts';

const EVENTS_AT_ONCE = 64;

/** Waits in epoll_wait for ever, which stops this thread and no other, and tells the main thread what is ready. */
async function wait(epollFd: number): Promise<void> {
  const { functions } = (await importFfi()).dlopen(null, {
    epoll_wait: { arguments: ['i32', 'pointer', 'i32', 'i32'], return: 'i32' },
  });
  const events = epollEvents(EVENTS_AT_ONCE);
  for (;;) {
    // Negative: interrupted by a signal.
    const count = Math.max(0, functions.epoll_wait(epollFd, events, EVENTS_AT_ONCE, -1));
    const ready = tokensOf(events, count);
    if (ready.includes(END_TOKEN)) return;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    if (ready.length > 0) parentPort?.postMessage(ready);
  }
}

await wait(Number(workerData?.epollFd));
