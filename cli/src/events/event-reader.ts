import type { AndonEvent } from '@andon/protocol';
import type { ControlClient } from '../connection/client.ts';
import type { EventOptions } from './event-options.ts';
import { type EventFilter, eventFilter } from './event-filter.ts';
import { eventPrinter } from './event-text.ts';
import { StreamEnded } from '../failure.ts';
import { note, writeJson, writeLine } from '../terminal/output.ts';
import { StoryTeller } from './stories.ts';
import { type Entry, entriesOf, storyPrinter, writeEntries } from './story-text.ts';
import type { Gap } from '../connection/wire.ts';

const PAGE = 1000;
/** How far back the newest few are looked for at first, for each that is wanted. */
const EVENTS_PER_ENTRY = 10;
/** So many events before the first that is shown are read too: in them may be the beginning of what it belongs to. */
const LEAD_IN = 1000;

/** What is kept, oldest first, to its present end. */
export async function listEvents(client: ControlClient, options: EventOptions): Promise<void> {
  const filter = eventFilter(options, Date.now());
  await refuseUnknown(client, options);
  const firsts = (found: readonly AndonEvent[]): readonly AndonEvent[] =>
    isWholeStories(options) ? chosenEntries(found, options).map(({ first }) => first) : chosenEvents(found, options);
  const events = await kept(client, filter, firsts);
  const isDaemonUp = filter.sinceMs !== null && (await wasDaemonUp(client, events));
  const start = filter.count === null ? 0 : -filter.count;
  if (isWholeStories(options)) return writeEntries(chosenEntries(events, options, isDaemonUp).slice(start));
  const chosen = chosenEvents(events, options, isDaemonUp).slice(start);
  if (options.json) return writeJson({ events: chosen });
  chosen.forEach(eventPrinter());
}

/** A choice of kinds tears stories apart. */
function isWholeStories({ json, plain, kind }: EventOptions): boolean {
  return !json && !plain && kind === undefined;
}

function chosenEntries(events: readonly AndonEvent[], { failures }: EventOptions, isDaemonUp = false): readonly Entry[] {
  return entriesOf(events, isDaemonUp).filter(({ story }) => !failures || story !== null);
}

function chosenEvents(events: readonly AndonEvent[], { failures }: EventOptions, isDaemonUp = false): readonly AndonEvent[] {
  if (!failures) return events;
  const teller = new StoryTeller(isDaemonUp);
  return events.filter((event) => teller.take(event) !== null);
}

/** Followed before the kept ones are read, so that between both nothing is lost; what comes meanwhile waits its turn. */
export async function followEvents(client: ControlClient, options: EventOptions): Promise<never> {
  const filter = eventFilter(options, Date.now());
  await refuseUnknown(client, options);
  const print = printerOf(options);
  let early: (() => void)[] | null = [];
  let lastSeq = -1;
  const show = (event: AndonEvent): void => {
    if (event.seq <= lastSeq) return;
    lastSeq = event.seq;
    if (filter.accepts(event)) print(event);
  };
  const inTurn = (action: () => void): void => void (early ? early.push(action) : action());
  await client.follow(
    {
      onEvent: (event) => inTurn(() => show(event)),
      onGap: (gap) => inTurn(() => showGap(gap, options.json === true)),
    },
    filter.resource,
  );
  if (filter.sinceMs !== null || filter.count !== null) {
    const before = await kept(client, filter, (found) => found);
    for (const event of filter.count === null ? before : before.slice(-filter.count)) show(event);
  }
  const waiting = early;
  early = null;
  for (const action of waiting) action();
  await client.ended;
  throw new StreamEnded(client.lost('follow'));
}

function printerOf(options: EventOptions): (event: AndonEvent) => void {
  if (isWholeStories(options)) return storyPrinter(options.failures === true);
  const print: (event: AndonEvent) => void = options.json ? (event) => writeLine(JSON.stringify(event)) : eventPrinter();
  if (!options.failures) return print;
  const teller = new StoryTeller();
  return (event) => {
    if (teller.take(event)) print(event);
  };
}

/** The daemon refuses a name that it does not know and never did; asked for several, it is told of none of them. */
async function refuseUnknown(client: ControlClient, { resource: resources = [] }: EventOptions): Promise<void> {
  if (resources.length < 2) return;
  await Promise.all(resources.map((resource) => client.request('events', { resource, limit: 1 })));
}

/** Kept events that the filter accepts. With a count, from as far back as it takes; `firsts` are the beginnings of what would be shown. */
async function kept(
  client: ControlClient,
  filter: EventFilter,
  firsts: (events: readonly AndonEvent[]) => readonly AndonEvent[],
): Promise<readonly AndonEvent[]> {
  const { count } = filter;
  if (count === null) return readAfter(client, filter, 0);
  const { daemon } = await client.request('status', { names: [] });
  for (let depth = count * EVENTS_PER_ENTRY + 2 * LEAD_IN; ; depth *= 4) {
    const after = Math.max(0, daemon.seq - depth);
    const events = await readAfter(client, filter, after);
    const first = firsts(events).at(-count);
    if (after === 0 || (first && first.seq - after > LEAD_IN)) return events;
  }
}

/** Whether the daemon that ran before these events had not said that it stops: then the next start is the end of a crash, however long ago it began. */
async function wasDaemonUp(client: ControlClient, [first]: readonly AndonEvent[]): Promise<boolean> {
  if (!first || first.seq === 1) return false;
  const { events } = await client.request('events', { afterSeq: Math.max(0, first.seq - 1 - LEAD_IN), limit: LEAD_IN });
  const before = events.filter(({ seq }) => seq < first.seq);
  const last = before.findLast(({ kind }) => kind === 'daemonStarted' || kind === 'daemonStopping');
  // One that has run for long has not said so for long.
  return before.length > 0 && last?.kind !== 'daemonStopping';
}

async function readAfter(client: ControlClient, filter: EventFilter, seq: number): Promise<readonly AndonEvent[]> {
  const resource = filter.resource === undefined ? {} : { resource: filter.resource };
  const since = filter.sinceMs === null ? {} : { sinceMs: Math.max(0, Date.now() - filter.sinceMs) };
  const found: AndonEvent[] = [];
  let after: { afterSeq?: number } = seq === 0 ? {} : { afterSeq: seq };
  for (;;) {
    const { events, more } = await client.request('events', { ...resource, ...since, ...after, limit: PAGE });
    for (const event of events) if (filter.accepts(event)) found.push(event);
    const last = events.at(-1);
    if (!more || !last) return found;
    after = { afterSeq: last.seq };
  }
}

function showGap(gap: Gap, json: boolean): void {
  if (json) writeLine(JSON.stringify({ kind: 'gap', ...gap }));
  else note(`(events ${gap.afterSeq + 1} to ${gap.beforeSeq - 1} were left out: this reader was too slow; andon events has them)`);
}
