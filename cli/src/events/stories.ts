import type { AndonEvent } from '@andon/protocol';

export type StoryKind = 'resource' | 'host' | 'daemon';

/** Events that belong to one failure, in the order in which they happened. Others may have happened in between. */
export interface Story {
  readonly kind: StoryKind;
  /** The resource or host it began with; empty for the daemon. */
  readonly subject: string;
  readonly events: AndonEvent[];
  /** When each resource of it went down, by its first event. */
  readonly downSince: Map<string, AndonEvent>;
}

const HOST_TROUBLE = new Set([
  'hostDisconnected',
  'hostExited',
  'hostKilled',
  'hostStartFailed',
  'hostQuarantined',
  'hostNotGone',
  'deadlock',
]);
const HOST_IS_BACK = new Set(['hostStarted', 'hostReconnected', 'hostAdopted']);
/** What a resource is told of when its host goes. */
const LOST_WITH_HOST = new Set(['failed', 'restartScheduled', 'restartsExhausted', 'retryScheduled', 'failureReported', 'terminateCalled']);
const HOST_SOURCES = new Set<unknown>(['hostExited', 'hostTrouble', 'deadlock']);
const TAKEN_OVER = new Set(['verifyStarted', 'online', 'recordDismissed']);

/**
 * Tells of each event, as it comes, which story it belongs to. A failure opens one; what its resource does is part of it until that is
 * online or offline again, or is given up; resources that fail with their host, or wait for the one that failed, take part in that one.
 */
export class StoryTeller {
  readonly #ofResource = new Map<string, Story>();
  readonly #ofHost = new Map<string, Story>();
  /** Resources whose restarts are used up: only the word of the next attempt still belongs. */
  readonly #givenUp = new Set<string>();
  /** Events of going offline that belong to no story yet: what a resource waits for is told only after it. */
  readonly #goneOffline = new Map<string, AndonEvent[]>();
  #takingOver: Story | null = null;
  #isDaemonUp: boolean;

  /** `isDaemonUp`: a daemon ran before the first event that is told. */
  constructor(isDaemonUp = false) {
    this.#isDaemonUp = isDaemonUp;
  }

  /** The story of this event, or null when it stands alone. */
  take(event: AndonEvent): Story | null {
    const story =
      event.resource === null || event.kind === 'deadlock' ? this.#ofNoResource(event) : this.#ofItsResource(event, event.resource);
    story?.events.push(event);
    if (event.resource !== null && !story) this.#note(event, event.resource);
    else if (event.resource !== null) this.#goneOffline.delete(event.resource);
    return story;
  }

  #note(event: AndonEvent, resource: string): void {
    if (event.kind === 'offlinePending') this.#goneOffline.set(resource, [event]);
    else if (event.kind === 'offline') this.#goneOffline.set(resource, [...(this.#goneOffline.get(resource) ?? []), event]);
    else this.#goneOffline.delete(resource);
  }

  #ofNoResource(event: AndonEvent): Story | null {
    if (event.host === null) return this.#ofDaemon(event);
    const { host, kind } = event;
    if (kind === 'hostAdopted' && this.#takingOver) {
      this.#ofHost.delete(host);
      return this.#takingOver;
    }
    const open = this.#ofHost.get(host);
    const story = open ?? (HOST_TROUBLE.has(kind) ? newStory('host', host) : null);
    if (!story) return null;
    if (HOST_IS_BACK.has(kind) || kind === 'hostQuarantined') this.#ofHost.delete(host);
    else this.#ofHost.set(host, story);
    if (event.resource !== null) this.#join(event.resource, story, event);
    return story;
  }

  /** A start after which no end was told: the daemon before was killed, or crashed. */
  #ofDaemon({ kind }: AndonEvent): Story | null {
    if (kind === 'daemonStopping') this.#isDaemonUp = false;
    if (kind !== 'daemonStarted') return null;
    const hasCrashed = this.#isDaemonUp;
    this.#isDaemonUp = true;
    // What was under way ended with that daemon; the new one tells how it goes on.
    for (const open of [this.#ofResource, this.#ofHost, this.#givenUp]) open.clear();
    this.#takingOver = hasCrashed ? newStory('daemon', '') : null;
    return this.#takingOver;
  }

  #ofItsResource(event: AndonEvent, resource: string): Story | null {
    const story = this.#find(event, resource);
    if (!story) return null;
    const { kind } = event;
    if (kind === 'restartsExhausted') this.#givenUp.add(resource);
    const isOver =
      kind === 'online' || kind === 'offline' || kind === 'resourceRemoved' || kind === 'retryScheduled' || kind === 'recordDismissed';
    if (isOver && !(story.kind === 'daemon' && kind === 'online')) this.#leave(resource);
    return story;
  }

  #find(event: AndonEvent, resource: string): Story | null {
    const { kind } = event;
    if (this.#givenUp.has(resource) && kind !== 'retryScheduled' && !LOST_WITH_HOST.has(kind)) this.#leave(resource);
    const own = this.#ofResource.get(resource);
    if (kind === 'waitingForProvider') return this.#dependent(event, resource, own);
    if (own?.kind === 'daemon' && !TAKEN_OVER.has(kind)) this.#leave(resource);
    else if (own) return own;
    const ofHost = event.host === null ? undefined : this.#ofHost.get(event.host);
    if (ofHost && LOST_WITH_HOST.has(kind) && (!('source' in event) || HOST_SOURCES.has(event['source'])))
      return this.#join(resource, ofHost, event);
    if (kind === 'failureReported' || kind === 'failed') return this.#join(resource, newStory('resource', resource), event);
    if (this.#takingOver && kind === 'verifyStarted') return this.#join(resource, this.#takingOver, event);
    return null;
  }

  /** It takes part in the story of what it waits for; when it waits for something else, it is in none. */
  #dependent({ providers }: AndonEvent, resource: string, own: Story | undefined): Story | null {
    if (own?.subject === resource) return own;
    const names: readonly unknown[] = Array.isArray(providers) ? providers : [];
    const stories = names.flatMap((name) => (typeof name === 'string' ? (this.#ofResource.get(name) ?? []) : []));
    // Its own host's story goes on for it, whomever it waits for meanwhile.
    const story = own?.kind === 'host' ? own : stories.at(-1);
    this.#leave(resource);
    if (!story || story.kind === 'daemon') return null;
    this.#ofResource.set(resource, story);
    const began = story.events[0]?.seq ?? 0;
    story.events.push(...(this.#goneOffline.get(resource) ?? []).filter(({ seq }) => seq > began));
    story.events.sort((one, other) => one.seq - other.seq);
    return story;
  }

  #join(resource: string, story: Story, event: AndonEvent): Story {
    this.#leave(resource);
    this.#ofResource.set(resource, story);
    if (story.kind !== 'daemon' && !story.downSince.has(resource)) story.downSince.set(resource, event);
    return story;
  }

  #leave(resource: string): void {
    this.#ofResource.delete(resource);
    this.#givenUp.delete(resource);
  }
}

function newStory(kind: StoryKind, subject: string): Story {
  return { kind, subject, events: [], downSince: new Map() };
}
