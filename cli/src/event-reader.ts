import type { AndonEvent } from '@andon/protocol';
import type { ControlClient } from './client.ts';
import type { EventOptions } from './commands/events.ts';
import { eventPrinter } from './event-text.ts';
import { StreamEnded } from './failure.ts';
import { note, writeJson, writeLine } from './output.ts';
import type { Gap } from './wire.ts';
import { durationMs } from './words.ts';

/** What is kept, oldest first, to its present end. */
export async function listEvents(client: ControlClient, options: EventOptions): Promise<void> {
  if (!options.json) return eachKept(client, options, eventPrinter());
  const events: AndonEvent[] = [];
  await eachKept(client, options, (event) => events.push(event));
  writeJson({ events });
}

/** Followed before the kept ones are read, so that between both nothing is lost; what comes meanwhile waits its turn. */
export async function followEvents(client: ControlClient, options: EventOptions): Promise<never> {
  const print: (event: AndonEvent) => void = options.json ? (event) => writeLine(JSON.stringify(event)) : eventPrinter();
  let early: (() => void)[] | null = [];
  let lastSeq = -1;
  const show = (event: AndonEvent): void => {
    if (event.seq <= lastSeq) return;
    lastSeq = event.seq;
    print(event);
  };
  const inTurn = (action: () => void): void => void (early ? early.push(action) : action());
  await client.follow(
    {
      onEvent: (event) => inTurn(() => show(event)),
      onGap: (gap) => inTurn(() => showGap(gap, options.json === true)),
    },
    options.resource,
  );
  if (options.since !== undefined) await eachKept(client, options, show);
  const waiting = early;
  early = null;
  for (const action of waiting) action();
  await client.ended;
  throw new StreamEnded(client.lost('follow'));
}

async function eachKept(client: ControlClient, options: EventOptions, accept: (event: AndonEvent) => void): Promise<void> {
  const filter = options.resource === undefined ? {} : { resource: options.resource };
  const since = options.since === undefined ? {} : { sinceMs: durationMs(options.since, '--since') };
  let after: { afterSeq?: number } = {};
  for (;;) {
    const { events, more } = await client.request('events', { ...filter, ...since, ...after });
    for (const event of events) accept(event);
    const last = events.at(-1);
    if (!more || !last) return;
    after = { afterSeq: last.seq };
  }
}

function showGap(gap: Gap, json: boolean): void {
  if (json) writeLine(JSON.stringify({ kind: 'gap', ...gap }));
  else note(`(events ${gap.afterSeq + 1} to ${gap.beforeSeq - 1} were left out: this reader was too slow; andon events has them)`);
}
