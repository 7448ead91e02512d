import type { AndonEvent } from '@andon/protocol';
import type { TestDaemon } from './daemon.ts';

/** An event of this daemon or of one before it, that happened already or will. What came before the test connected is read from the history. */
export async function happened(daemon: TestDaemon, fits: (event: AndonEvent) => boolean, limitMs?: number): Promise<AndonEvent> {
  const found = (await history(daemon)).find(fits);
  return found ?? daemon.client.event(fits, limitMs);
}

async function history(daemon: TestDaemon): Promise<AndonEvent[]> {
  const all: AndonEvent[] = [];
  for (;;) {
    const { events, more } = await daemon.client.request('events', {
      afterSeq: all.at(-1)?.seq ?? 0,
      limit: 1000,
    });
    all.push(...(events as AndonEvent[]));
    if (!more) return all;
  }
}
