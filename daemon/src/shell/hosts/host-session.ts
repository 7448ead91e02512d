import { type HostedResource, NOTIFICATIONS, Notify, Request, Response } from '@andon/protocol';
import type { Connection, ConnectionListener } from '@andon/protocol/node';
import type { CallTable } from './call-table.ts';

/** What a welcomed host says, once its frames are understood. */
export interface HostSessionOwner {
  resourcesTold(resources: readonly HostedResource[]): void;
  requested(request: Request, respond: (answer: RequestAnswer) => void): void;
  logged(level: 'debug' | 'info' | 'warn' | 'error', text: string, resource: string | undefined): void;
  failedNotified(resource: string, incarnation: number, reason: string): void;
  violated(reason: string): void;
  closed(): void;
}

export type RequestAnswer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: { readonly code: string; readonly message: string } };

/** One welcomed connection of a host: turns its frames into calls on the owner, and tolerates whatever it does not understand. */
export class HostSession implements ConnectionListener {
  readonly connection: Connection;
  readonly #calls: CallTable;
  readonly #owner: HostSessionOwner;
  #replaced = false;

  constructor(connection: Connection, calls: CallTable, owner: HostSessionOwner) {
    this.connection = connection;
    this.#calls = calls;
    this.#owner = owner;
  }

  /** A newer connection of the same host has taken over: this one is closed and heard no more. */
  replace(): void {
    this.#replaced = true;
    this.connection.destroy();
  }

  onFrame(type: string, data: unknown): void {
    if (this.#replaced) return;
    switch (type) {
      case 'response':
        return this.#response(data);
      case 'request':
        return this.#request(data);
      case 'notify':
        return this.#notification(data);
      default:
        this.#owner.violated(`frame of unknown type "${type.slice(0, 64)}"`);
    }
  }

  onClosed(): void {
    if (!this.#replaced) this.#owner.closed();
  }

  #response(data: unknown): void {
    const parsed = Response.safeParse(data);
    if (parsed.success) this.#calls.respond(parsed.data);
    else this.#owner.violated(`malformed response: ${parsed.error.issues[0]?.message ?? ''}`);
  }

  #request(data: unknown): void {
    const parsed = Request.safeParse(data);
    if (!parsed.success) {
      this.#owner.violated(`malformed request: ${parsed.error.issues[0]?.message ?? ''}`);
      return;
    }
    const { id } = parsed.data;
    this.#owner.requested(parsed.data, (answer) => this.connection.send('response', { id, ...answer }));
  }

  #notification(data: unknown): void {
    const parsed = Notify.safeParse(data);
    const method = parsed.success ? parsed.data.method : '';
    const params = parsed.success ? parsed.data.params : undefined;
    switch (method) {
      case 'resources': {
        const told = NOTIFICATIONS.resources.safeParse(params);
        if (told.success) return this.#owner.resourcesTold(told.data.resources);
        break;
      }
      case 'log': {
        const told = NOTIFICATIONS.log.safeParse(params);
        if (told.success) return this.#owner.logged(told.data.level, told.data.text, told.data.resourceId);
        break;
      }
      case 'failed': {
        const told = NOTIFICATIONS.failed.safeParse(params);
        if (told.success) return this.#owner.failedNotified(told.data.resourceId, told.data.incarnation, told.data.reason ?? '');
        break;
      }
    }
    this.#owner.violated(`malformed or unknown notification "${method.slice(0, 64)}"`);
  }
}
