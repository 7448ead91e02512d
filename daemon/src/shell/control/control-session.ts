import {
  type AndonEvent,
  AndonError,
  type ControlError,
  ControlPart,
  type ControlRole,
  MAX_PART_LENGTH,
  MAX_TEXT_LENGTH,
  mayAsk,
  Request,
} from '@andon/protocol';
import type { Connection, ConnectionListener } from '@andon/protocol/node';
import type { Context } from '../administration/context.ts';
import { checkedParams, handle } from './handlers.ts';
import { RequestParts, responseFrames } from './parts.ts';

/** A follower that is this far behind is told of a gap instead of the events in it. */
const FOLLOWER_BACKLOG_BYTES = 1024 * 1024;
/** Requests of one connection that may be unanswered; a client that sends more has lost its senses. */
const MOST_UNANSWERED = 256;

/** The connection of one administrator, or of somebody who only looks. */
export class ControlSession implements ConnectionListener {
  readonly #connection: Connection;
  readonly #role: ControlRole;
  readonly #context: Context;
  readonly #onTrouble: (error: unknown) => void;
  #unfollow: (() => void) | null = null;
  #gapAfterSeq: number | null = null;
  readonly #parts = new RequestParts();
  #unanswered = 0;

  constructor(connection: Connection, role: ControlRole, context: Context, onTrouble: (error: unknown) => void) {
    this.#connection = connection;
    this.#role = role;
    this.#context = context;
    this.#onTrouble = onTrouble;
  }

  onFrame(type: string, data: unknown): void {
    const part = type === 'request' ? ControlPart.safeParse(data) : undefined;
    const whole = type === 'request' ? Request.safeParse(data) : undefined;
    if (this.#unanswered >= MOST_UNANSWERED) return this.#close('too many unanswered requests');
    if (part?.success) return void this.#answer(part.data.id, () => this.#parts.add(part.data, this.#context.facts.version));
    if (whole?.success) return void this.#answer(whole.data.id, () => whole.data);
    return this.#close('this socket takes well-formed requests');
  }

  #close(message: string): void {
    this.#connection.send('goodbye', { code: 'protocolViolation', message, supported: [] });
    this.#connection.end();
  }

  onClosed(): void {
    this.#unfollow?.();
    this.#unfollow = null;
  }

  /** `whole` is undefined while pieces of the request are still to come. */
  async #answer(id: string, whole: () => Request | undefined): Promise<void> {
    this.#unanswered++;
    try {
      const request = whole();
      if (!request) return;
      if (!mayAsk(this.#role, request.method)) throw new AndonError('onlyLooking', { request: `"${request.method.slice(0, 64)}"` });
      const result =
        request.method === 'follow' ? this.#follow(request.params) : await handle(this.#context, request.method, request.params);
      for (const frame of responseFrames(id, result)) this.#connection.send('response', frame);
    } catch (error) {
      this.#connection.send('response', { id, ok: false, error: cutToFrame(this.#describe(error)) });
    } finally {
      this.#unanswered--;
    }
  }

  #describe(error: unknown): ControlError {
    if (error instanceof AndonError) {
      const { code, message, remedy, exit, subject } = error;
      return { code, message, remedy, exit, ...(subject ? { subject: { ...subject, path: [...subject.path] } } : {}) };
    }
    this.#onTrouble(error);
    const bug = new AndonError('internal', { detail: error instanceof Error ? error.message : String(error) });
    return { code: bug.code, message: bug.message, remedy: bug.remedy, exit: bug.exit };
  }

  #follow(params: unknown): { seq: number } {
    const { resource } = checkedParams(this.#context, 'follow', params);
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

/** An error repeats what it was asked, which may be longer than a frame; that request is answered too. */
function cutToFrame(error: ControlError): ControlError {
  if (JSON.stringify(error).length <= MAX_PART_LENGTH) return error;
  const { code, message, remedy, exit } = error;
  return { code, message: message.slice(0, MAX_TEXT_LENGTH), remedy: remedy.slice(0, MAX_TEXT_LENGTH), exit };
}
