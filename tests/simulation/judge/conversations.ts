import { parseOperationId, type Request } from '@andon/protocol';
import type { SimulatedProcess } from '../actors/simulated-process.ts';
import type { Traits } from '../actors/traits.ts';

/** Calls that terminate never overlaps (S36). */
const EXCLUSIVE = new Set(['startup', 'open', 'close']);

interface Conversation {
  connection: number;
  /** Unanswered on this connection. */
  readonly unanswered: Map<string, Request>;
  readonly seen: Set<string>;
  readonly startedTypes: Set<string>;
  readonly opened: Set<string>;
}

/** Order and concurrency of chapter 5 of the protocol, watched at the host's side. */
export class Conversations {
  readonly #violated: (promise: string, detail: string) => void;
  readonly #byProcess = new Map<SimulatedProcess, Conversation>();
  /** The highest incarnation that was ever asked online, by resource. */
  readonly #highest = new Map<string, number>();

  constructor(violated: (promise: string, detail: string) => void) {
    this.#violated = violated;
  }

  called(process: SimulatedProcess, connection: number, request: Request, traits: Traits): void {
    const conversation = this.#of(process, connection);
    const { id, method } = request;
    const where = `pid ${process.identity.pid} (${process.name}): ${id}`;
    // A ping is repeated under its id after a silence, and counts no more once either is answered.
    if (conversation.seen.has(id) && method === 'ping') return;
    if (conversation.seen.has(id)) this.#violated('no id twice on one connection', where);
    conversation.seen.add(id);
    this.#judgeOverlap(conversation, request, traits, where);
    this.#judgeOrder(conversation, request, traits, where);
    conversation.unanswered.set(id, request);
  }

  answered(process: SimulatedProcess, connection: number, { id }: Request): void {
    this.#of(process, connection).unanswered.delete(id);
  }

  /** Power was lost. Numbers of the last second may come again: whoever knew them is gone too. */
  rebooted(): void {
    this.#byProcess.clear();
    this.#highest.clear();
  }

  ended(process: SimulatedProcess): void {
    this.#byProcess.delete(process);
  }

  #judgeOverlap({ unanswered }: Conversation, request: Request, traits: Traits, where: string): void {
    if (request.method === 'ping') return;
    for (const other of unanswered.values()) {
      if (traits.concurrency === 'perResource' && resourceOf(other) !== resourceOf(request)) continue;
      const isLegal =
        request.method === 'terminate' ? !EXCLUSIVE.has(other.method) : other.method === 'ping' && traits.concurrency === 'perResource';
      if (isLegal) continue;
      // In a serial host a terminate stands in the way of its own resource, and of what it never overlaps.
      if (other.method === 'terminate' && resourceOf(other) !== resourceOf(request) && !EXCLUSIVE.has(request.method)) continue;
      this.#violated('one call at a time', `${where} while ${other.id} is unanswered`);
    }
  }

  #judgeOrder(conversation: Conversation, request: Request, traits: Traits, where: string): void {
    const resource = resourceOf(request);
    const params = paramsOf(request);
    const type = params['type'];
    const types = params['types'];
    if (request.method === 'startup' && Array.isArray(types)) for (const one of types) conversation.startedTypes.add(String(one));
    if (request.method === 'open') {
      if (!conversation.startedTypes.has(String(type))) this.#violated('startup comes before open', where);
      conversation.opened.add(resource);
    }
    if (['online', 'offline', 'looksAlive', 'isAlive'].includes(request.method) && !conversation.opened.has(resource))
      this.#violated('open comes first', where);
    if (request.method === 'close') conversation.opened.delete(resource);
    if (request.method === 'looksAlive' && traits.contract === 'event') this.#violated('S26: no looksAlive with an event handle', where);
    if (request.method === 'online') this.#judgeIncarnation(request.id, where);
  }

  #judgeIncarnation(id: string, where: string): void {
    const operation = parseOperationId(id);
    if (!operation) return this.#violated('online has an operation id', where);
    const highest = this.#highest.get(operation.resource) ?? 0;
    if (operation.incarnation < highest) this.#violated('incarnations only grow', `${where} after @${highest}`);
    this.#highest.set(operation.resource, Math.max(highest, operation.incarnation));
    return undefined;
  }

  /** Types stay started and resources open over a new connection of the same process. */
  #of(process: SimulatedProcess, connection: number): Conversation {
    const known = this.#byProcess.get(process);
    if (known?.connection === connection) return known;
    const conversation: Conversation = {
      connection,
      unanswered: new Map(),
      seen: new Set(),
      startedTypes: known?.startedTypes ?? new Set(),
      opened: known?.opened ?? new Set(),
    };
    this.#byProcess.set(process, conversation);
    return conversation;
  }
}

function paramsOf({ params }: Request): Record<string, unknown> {
  return typeof params === 'object' && params !== null ? { ...params } : {};
}

function resourceOf(request: Request): string {
  return String(paramsOf(request)['resourceId'] ?? '');
}
