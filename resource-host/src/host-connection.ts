import { randomInt } from 'node:crypto';
import { Goodbye, HOST_REQUESTS, type HostRequest, Notify, Request, Welcome } from '@andon/protocol';
import { type Connection, connectFrames } from '@andon/protocol/node';
import type { z } from 'zod';
import { messageOf } from './operation.ts';
import { RequestError, RequestTable } from './request-table.ts';

/** From connecting to the daemon's welcome or goodbye, ms. */
const WELCOME_LIMIT_MS = 10_000;
const SHORTEST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2_000;
/** Notifications are lost while the daemon has not read this much: it is slow, and they are only words. */
const MAX_NOTIFY_BACKLOG_BYTES = 1024 * 1024;

export interface HostConnectionListener {
  /** Frames that introduce this host, first `hello`; taken in one turn so that they tell of one moment. */
  introduce(): readonly { readonly type: string; readonly data: unknown }[];
  onWelcome(welcome: Welcome): void;
  onRequest(request: Request, respond: (response: unknown) => void): void;
  onNotify(notify: Notify): void;
  /** The daemon does not want this host (any more). The connection tries again unless it is stopped. */
  onGoodbye(goodbye: Goodbye): void;
  /** A welcomed connection broke. */
  onLost(): void;
  onTrouble(text: string): void;
}

/** The one connection to the daemon: it is made again for ever, and whoever asks the daemon for anything goes through it. */
export class HostConnection {
  readonly #path: string;
  readonly #listener: HostConnectionListener;
  readonly #requests = new RequestTable();
  #current: Connection | undefined;
  #welcomed = false;
  #failures = 0;
  #lastTrouble = '';
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(path: string, listener: HostConnectionListener) {
    this.#path = path;
    this.#listener = listener;
  }

  /** A daemon has welcomed this host, and the connection stands. */
  get ready(): boolean {
    return this.#welcomed;
  }

  start(): void {
    this.#timer = setTimeout(() => this.#giveUp(`no welcome within ${WELCOME_LIMIT_MS} ms`), WELCOME_LIMIT_MS);
    connectFrames(this.#path, (connection) => this.#accept(connection)).catch((error: unknown) => {
      this.#giveUp(`cannot connect to the daemon at ${this.#path}: ${messageOf(error)}`);
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#drop();
  }

  /** Rejects with RequestError: the daemon's refusal, `timeout`, or `unavailable` when there is no daemon. */
  async request<Method extends HostRequest>(method: Method, params: z.input<(typeof HOST_REQUESTS)[Method]['params']>): Promise<unknown> {
    const connection = this.#current;
    if (!connection || !this.#welcomed) throw new RequestError('unavailable', 'there is no daemon now');
    return this.#requests.open((id) => connection.send('request', { id, method, params }));
  }

  /** False: no daemon took it. */
  notify(method: string, params: unknown): boolean {
    const connection = this.#welcomed ? this.#current : undefined;
    if (!connection || connection.backlogBytes > MAX_NOTIFY_BACKLOG_BYTES) return false;
    connection.send('notify', { method, params });
    return true;
  }

  #accept(connection: Connection): { onFrame(type: string, data: unknown): void; onClosed(): void } {
    if (this.#stopped || this.#current) {
      connection.destroy();
    } else {
      this.#current = connection;
      for (const { type, data } of this.#listener.introduce()) connection.send(type, data);
    }
    return {
      onFrame: (type, data) => this.#onFrame(connection, type, data),
      onClosed: () => {
        if (this.#current === connection) this.#giveUp('the daemon closed the connection');
      },
    };
  }

  #onFrame(connection: Connection, type: string, data: unknown): void {
    if (this.#current !== connection) return;
    try {
      if (type === 'welcome') this.#onWelcome(Welcome.parse(data));
      else if (type === 'goodbye') this.#listener.onGoodbye(Goodbye.parse(data));
      else if (this.#welcomed) this.#onWelcomedFrame(connection, type, data);
    } catch (error) {
      this.#listener.onTrouble(`ignored a ${type} frame: ${messageOf(error)}`);
    }
  }

  #onWelcome(welcome: Welcome): void {
    clearTimeout(this.#timer);
    this.#welcomed = true;
    this.#failures = 0;
    this.#lastTrouble = '';
    this.#listener.onWelcome(welcome);
  }

  #onWelcomedFrame(connection: Connection, type: string, data: unknown): void {
    if (type === 'response') this.#requests.answer(data);
    else if (type === 'notify') this.#listener.onNotify(Notify.parse(data));
    else if (type === 'request') {
      this.#listener.onRequest(Request.parse(data), (response) => connection.send('response', response));
    }
  }

  #giveUp(why: string): void {
    if (this.#stopped) return;
    const wasWelcomed = this.#welcomed;
    this.#drop();
    if (why !== this.#lastTrouble) this.#listener.onTrouble(why);
    this.#lastTrouble = why;
    const longest = Math.min(SHORTEST_RETRY_MS * 2 ** ++this.#failures, LONGEST_RETRY_MS);
    this.#timer = setTimeout(() => this.start(), randomInt(SHORTEST_RETRY_MS, longest + 1));
    if (wasWelcomed) this.#listener.onLost();
  }

  #drop(): void {
    clearTimeout(this.#timer);
    const connection = this.#current;
    this.#current = undefined;
    this.#welcomed = false;
    connection?.destroy();
    this.#requests.settleAll();
  }
}
