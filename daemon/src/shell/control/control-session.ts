import { type AndonEvent, AndonError, CONTROL, type ControlError, Request } from '@andon/protocol';
import type { Connection, ConnectionListener } from '@andon/protocol/node';
import type { Context } from '../administration/context.ts';
import { handle } from './handlers.ts';

/** A follower that is this far behind is told of a gap instead of the events in it. */
const FOLLOWER_BACKLOG_BYTES = 1024 * 1024;
/** Requests of one connection that may be unanswered; a client that sends more has lost its senses. */
const MOST_UNANSWERED = 256;

/** One administrator's connection. */
export class ControlSession implements ConnectionListener {
  readonly #connection: Connection;
  readonly #context: Context;
  readonly #onTrouble: (error: unknown) => void;
  #unfollow: (() => void) | null = null;
  #gapAfterSeq: number | null = null;
  #unanswered = 0;

  constructor(connection: Connection, context: Context, onTrouble: (error: unknown) => void) {
    this.#connection = connection;
    this.#context = context;
    this.#onTrouble = onTrouble;
  }

  onFrame(type: string, data: unknown): void {
    const parsed = type === 'request' ? Request.safeParse(data) : undefined;
    if (!parsed?.success || this.#unanswered >= MOST_UNANSWERED) {
      this.#connection.send('goodbye', { code: 'protocolViolation', message: 'this socket takes well-formed requests', supported: [] });
      this.#connection.end();
      return;
    }
    void this.#answer(parsed.data);
  }

  onClosed(): void {
    this.#unfollow?.();
    this.#unfollow = null;
  }

  async #answer(request: Request): Promise<void> {
    this.#unanswered++;
    try {
      const result = request.method === 'follow' ? this.#follow(request.params) : await handle(this.#context, request.method, request.params);
      this.#connection.send('response', { id: request.id, ok: true, result });
    } catch (error) {
      this.#connection.send('response', { id: request.id, ok: false, error: this.#describe(error) });
    } finally {
      this.#unanswered--;
    }
  }

  #describe(error: unknown): ControlError {
    if (error instanceof AndonError) return { code: error.code, message: error.message, remedy: error.remedy, exit: error.exit };
    this.#onTrouble(error);
    const bug = new AndonError('internal', { detail: error instanceof Error ? error.message : String(error) });
    return { code: bug.code, message: bug.message, remedy: bug.remedy, exit: bug.exit };
  }

  #follow(params: unknown): { seq: number } {
    const { resource } = CONTROL.follow.params.parse(params ?? {});
    if (resource !== undefined) this.#context.registry.resource(resource);
    this.#unfollow?.();
    this.#unfollow = this.#context.journal.follow((event) => {
      if (resource === undefined || event.resource === resource) this.#pass(event);
    });
    return { seq: this.#context.journal.seq };
  }

  #pass(event: AndonEvent): void {
    if (this.#connection.backlogBytes > FOLLOWER_BACKLOG_BYTES) {
      this.#gapAfterSeq ??= event.seq - 1;
      return;
    }
    if (this.#gapAfterSeq !== null) {
      this.#connection.send('notify', { method: 'gap', params: { afterSeq: this.#gapAfterSeq, beforeSeq: event.seq } });
      this.#gapAfterSeq = null;
    }
    this.#connection.send('notify', { method: 'event', params: event });
  }
}
