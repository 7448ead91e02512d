import { openSync } from 'node:fs';
import { sharedPollSet } from '../poll-set/poll-set.ts';

/** Tells of every change of the mount table: one descriptor for the whole host, and nothing is asked in between. */
export class MountWatch {
  readonly #listeners = new Set<() => void>();

  private constructor() {}

  static async start(): Promise<MountWatch> {
    const watch = new MountWatch();
    const set = await sharedPollSet();
    // The kernel reports a change by an exceptional condition of this file. Source: proc(5).
    set.watch(openSync('/proc/self/mountinfo', 'r'), 'exceptional', () => {
      for (const listener of watch.#listeners) listener();
    });
    return watch;
  }

  /** Answers how to stop listening. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

let shared: Promise<MountWatch> | undefined;

/** Rejects where Node has no ffi. */
export function sharedMountWatch(): Promise<MountWatch> {
  shared ??= MountWatch.start();
  return shared;
}
