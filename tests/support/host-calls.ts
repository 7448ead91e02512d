import { watch } from 'node:fs';
import { EVENT_LIMIT_MS } from './control-client.ts';
import type { Entry, TestDaemon } from './daemon.ts';

/** The whole journal of the hosts, once it satisfies `fits`. Rejects when it does not in time. */
export function journalWhen(
  daemon: TestDaemon,
  fits: (entries: readonly Entry[]) => boolean,
  limitMs = EVENT_LIMIT_MS,
): Promise<readonly Entry[]> {
  return new Promise((resolve, reject) => {
    const watcher = watch(daemon.folder, () => look());
    const late = setTimeout(() => {
      watcher.close();
      const end = daemon
        .journal()
        .slice(-40)
        .map((entry) => JSON.stringify(entry));
      reject(new Error(`the hosts' journal lacks something after ${limitMs} ms; its end is:\n${end.join('\n')}`));
    }, limitMs);
    const look = (): void => {
      const entries = daemon.journal();
      if (!fits(entries)) return;
      watcher.close();
      clearTimeout(late);
      resolve(entries);
    };
    look();
  });
}

/** Calls of one entry point that reached the hosts, of one resource or of all. */
export function callsOf(entries: readonly Entry[], method: string, resource?: string): readonly Entry[] {
  return entries.filter(
    (entry) => entry.event === 'call' && entry.method === method && (resource === undefined || entry.resource === resource),
  );
}

/** The whole journal, once this entry point was called so often for this resource. */
export function whenCalled(daemon: TestDaemon, method: string, resource: string, times = 1, limitMs?: number): Promise<readonly Entry[]> {
  return journalWhen(daemon, (entries) => callsOf(entries, method, resource).length >= times, limitMs);
}

/** The first `count` entries that fit, once the hosts have written that many. */
export async function entriesWhen(daemon: TestDaemon, fits: (entry: Entry) => boolean, count = 1): Promise<readonly Entry[]> {
  const entries = await journalWhen(daemon, (written) => written.filter(fits).length >= count);
  return entries.filter(fits).slice(0, count);
}

/** The first `times` calls of this entry point for this resource, once they have reached its host. */
export async function called(daemon: TestDaemon, resource: string, method: string, times = 1): Promise<readonly Entry[]> {
  return callsOf(await whenCalled(daemon, method, resource, times), method, resource).slice(0, times);
}
