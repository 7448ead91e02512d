import { watch } from 'node:fs';
import type { Entry, TestDaemon } from './daemon.ts';

/** The first `count` entries that fit, as soon as the hosts have written that many. Rejects when they do not in time. */
export function entries(
  daemon: TestDaemon,
  fits: (entry: Entry) => boolean,
  count = 1,
  limitMs = 15_000,
): Promise<Entry[]> {
  return new Promise((resolve, reject) => {
    const finish = (done: () => void): void => {
      watcher.close();
      clearTimeout(late);
      done();
    };
    const look = (): void => {
      const found = daemon.journal().filter(fits);
      if (found.length >= count) finish(() => resolve(found.slice(0, count)));
    };
    const watcher = watch(daemon.folder, look);
    const late = setTimeout(() => {
      const written = daemon.journal().map((entry) => JSON.stringify(entry));
      finish(() =>
        reject(
          new Error(`not ${count} such entries within ${limitMs} ms; there were:\n${written.join('\n')}`),
        ),
      );
    }, limitMs);
    look();
  });
}

/** The first `count` calls of this entry point for this resource, once they have arrived at its host. */
export function called(daemon: TestDaemon, resource: string, method: string, count = 1): Promise<Entry[]> {
  return entries(
    daemon,
    (entry) => entry.event === 'call' && entry.resource === resource && entry.method === method,
    count,
  );
}
