import type { AndonEvent, EventFields, EventKind } from '@andon/protocol';
import { eventWords } from './event-words.ts';
import { elapsedUs, lapse } from './event-time.ts';
import { type Style, glyphs } from '../terminal/output.ts';
import type { Story } from './stories.ts';
import { fieldsOf } from '../connection/wire.ts';
import { saidBy, span } from '../terminal/words.ts';

export interface Said {
  readonly text: string;
  readonly style: Style;
}

/** The first line of a story. */
export function headline(story: Story, first: AndonEvent): string {
  const { failed } = glyphs();
  return `${failed} ${whatFailed(story, first)}`;
}

function whatFailed(story: Story, first: AndonEvent): string {
  if (story.kind === 'daemon') {
    const { version, pid } = fieldsOf('daemonStarted', first);
    return `andond ended without a word, by a crash or a kill; version ${version} started after it, pid ${pid}`;
  }
  if (story.kind === 'host') return `host ${story.subject} ${hostWords(story, first)}`;
  const { reason, source } = fieldsOf('failureReported', first);
  return `${nameOf(first)} failed: ${reason} (${saidBy(source)})`;
}

/** The end of a process tells more than the broken connection that was noticed first. */
function hostWords({ events }: Story, first: AndonEvent): string {
  const hang = is('deadlock', first);
  if (hang) return `hung: ${first.resource ?? 'it'} had no answer to ${hang.call} within ${span(hang.limitMs)}`;
  const end = events.map((event) => is('hostExited', event)).find((fields) => fields !== null);
  if (end) return `died: ${end.how}, pid ${end.pid}${end.during === undefined ? '' : `, during ${end.during}`}`;
  if (first.kind === 'hostDisconnected') return 'lost its connection';
  return eventWords(first);
}

/** How it ended, as far as is known; empty while it is under way. */
export function outcome(story: Story): string {
  const [first] = story.events;
  if (!first || story.kind === 'daemon') return '';
  const last = lastOnline(story);
  const isBack = [...story.downSince.keys()].every((resource) => last.has(resource));
  if (isBack && story.downSince.size > 0) {
    const latest = [...last.values()].reduce((one, other) => (other.seq > one.seq ? other : one));
    const many =
      story.downSince.size > 1 ? `all ${story.downSince.size} ` : story.kind === 'host' ? `${[...story.downSince.keys()].join('')} ` : '';
    return `${many}online again after ${lapse(elapsedUs(first, latest))}`;
  }
  const final = story.events.findLast(
    ({ kind }) => kind === 'retryScheduled' || kind === 'restartsExhausted' || kind === 'hostQuarantined' || kind === 'offline',
  );
  return final ? eventWords(final) : story.kind === 'host' && story.downSince.size === 0 ? '' : 'not back yet';
}

/** The last online of each resource that had gone down, unless it failed after it. */
function lastOnline({ events, downSince }: Story): ReadonlyMap<string, AndonEvent> {
  const found = new Map<string, AndonEvent>();
  for (const event of events) {
    if (event.resource === null || !downSince.has(event.resource)) continue;
    if (event.kind === 'online') found.set(event.resource, event);
    else if (event.kind === 'failureReported' || event.kind === 'failed') found.delete(event.resource);
  }
  return found;
}

/** One step of a story without its subject; null when it says nothing that was not said. `index` is its place among the events. */
export function step(story: Story, index: number): Said | null {
  const event = story.events[index];
  if (!event || index === 0) return null;
  const said = SAY[event.kind]?.(story, event, index);
  return said === undefined ? { text: eventWords(event), style: 'none' } : said;
}

type Teller = (story: Story, event: AndonEvent, index: number) => Said | null;

const SAY: Readonly<Record<string, Teller>> = {
  terminateCalled: () => ({ text: 'terminate called', style: 'yellow' }),
  terminated: () => ({ text: 'cleaned up', style: 'none' }),
  offlinePending: () => ({ text: 'going offline', style: 'yellow' }),
  offline: (_story, event) => ({ text: eventWords(event).replace(/^Offline/, 'offline'), style: 'none' }),
  waitingForProvider: (_story, event) => ({
    text: `waits for ${fieldsOf('waitingForProvider', event).providers.join(', ')}`,
    style: 'none',
  }),
  initializing: () => ({ text: 'coming online', style: 'none' }),
  failed: (story, event, index) => {
    if (story.kind === 'host') return { text: 'failed with it', style: 'red' };
    return wasSaid(story, fieldsOf('failed', event).reason, index) ? null : { text: eventWords(event), style: 'red' };
  },
  failureReported: (story, event, index) => {
    const { reason, source } = fieldsOf('failureReported', event);
    const again = story.downSince.get(event.resource ?? '') === event ? 'failed' : 'failed again';
    const why = wasSaid(story, reason, index) ? '' : `: ${reason} (${saidBy(source)})`;
    return { text: why === '' ? `${again}, for the same reason` : `${again}${why}`, style: 'red' };
  },
  callFailed: (story, event, index) => {
    const { call, code, message } = fieldsOf('callFailed', event);
    return wasSaid(story, message === '' ? code : message, index) ? null : { text: eventWords(event) || call, style: 'red' };
  },
  online: (story, event) => {
    const { contract, adopted } = fieldsOf('online', event);
    // Of many at once the time since their host went says the same.
    const since = story.kind === 'resource' ? story.downSince.get(event.resource ?? '') : undefined;
    const down = since ? `, down ${lapse(elapsedUs(since, event))}` : '';
    const how = contract === 'event' ? 'event handle' : 'polled';
    if (story.kind === 'daemon') return { text: `online all the while (${how})`, style: 'green' };
    return { text: `online again (incarnation ${event.incarnation}, ${how}${adopted ? ', adopted' : ''})${down}`, style: 'green' };
  },
  verifyStarted: () => ({ text: 'isAlive asked once: a failure record may have been lost with the daemon', style: 'none' }),
  recordDismissed: () => ({ text: 'is alive', style: 'green' }),
  hostExited: (story, event) => ({
    text: headline(story, event).includes(' died: ') ? 'its process is gone' : eventWords(event),
    style: 'red',
  }),
  hostDisconnected: () => ({ text: 'its connection broke', style: 'yellow' }),
  hostStarting: () => ({ text: 'started again', style: 'none' }),
  hostStarted: (_story, event) => ({ text: `says hello, pid ${fieldsOf('hostStarted', event).pid}`, style: 'green' }),
  hostAdopted: (_story, event) => {
    const { pid, resources } = fieldsOf('hostAdopted', event);
    return {
      text: `host ${event.host} had gone on with ${resources} resource${resources === 1 ? '' : 's'}, pid ${pid}: taken over`,
      style: 'green',
    };
  },
};

function wasSaid({ events }: Story, reason: string, index: number): boolean {
  return events.slice(0, index).some((event) => typeof event['reason'] === 'string' && event['reason'].includes(reason));
}

export function nameOf({ resource, incarnation }: AndonEvent): string {
  return `${resource ?? ''}${incarnation === null || incarnation === 0 ? '' : `@${incarnation}`}`;
}

function is<K extends EventKind>(kind: K, event: AndonEvent): EventFields<K> | null {
  return event.kind === kind ? fieldsOf(kind, event) : null;
}
