import { existsSync, type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Network file systems tell nothing of what other machines do, and a machine may have no inotify watch left. */
const LOOK_ANYWAY_MS = 1_000;

/**
 * Resolves with what `look` finds, once it is not undefined. It looks at once, and whenever the kernel tells that something has changed at
 * `path`; the folders on the way need not be there yet. Rejects when aborted, or when `look` throws.
 */
export async function untilFoundAt<Found>(path: string, look: () => Found | undefined, signal: AbortSignal): Promise<Found> {
  const { promise, resolve, reject } = Promise.withResolvers<Found>();
  const lookAgain = (): void => {
    try {
      const found = look();
      if (found !== undefined) resolve(found);
    } catch (error) {
      reject(error);
    }
  };
  const watcher = new PathWatcher(path, lookAgain);
  const timer = setInterval(lookAgain, LOOK_ANYWAY_MS);
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  try {
    signal.throwIfAborted();
    lookAgain();
    return await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    clearInterval(timer);
    watcher.close();
  }
}

/** Watches the folder of a path, or as long as that is not there, the nearest one above it. */
class PathWatcher {
  readonly #path: string;
  readonly #onChange: () => void;
  #watcher: FSWatcher | undefined;

  constructor(path: string, onChange: () => void) {
    this.#path = path;
    this.#onChange = onChange;
    this.#watch();
  }

  close(): void {
    this.#watcher?.close();
  }

  #watch(): void {
    this.#watcher?.close();
    const folder = nearestFolder(this.#path);
    const isItsOwn = folder === dirname(this.#path);
    try {
      this.#watcher = watch(folder, (kind, name) => {
        if (isItsOwn && kind === 'change' && name !== basename(this.#path)) return;
        // The folder itself may have come, or gone.
        if (kind === 'rename') this.#watch();
        this.#onChange();
      });
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // The slow look has to do.
    }
  }
}

function nearestFolder(path: string): string {
  let folder = dirname(path);
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}
