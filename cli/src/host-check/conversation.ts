import { Hello, MAX_FRAME_BYTES, MAX_FAILURE_RECORD_BYTES, MAX_IN_FLIGHT, PROTOCOL, type Response } from '@andon/protocol';
import { exitWords } from './host-process.ts';
import { frameText, type Peer } from './peer.ts';
import type { Stage } from './stage.ts';
import { Violation } from './violation.ts';

/** From its start to a connection, and from there to a hello. The protocol wants the hello within 5 s; a later one is judged, not missed. */
const HELLO_LIMIT_MS = 7_500;
/** The daemon waits for 60 s by default; a runtime that compiles first needs some of them. */
const START_LIMIT_MS = 30_000;
/** A host tries again after 2 s at the latest; more is left to a slow machine. */
const RECONNECT_LIMIT_MS = 6_000;
const CALL_LIMIT_MS = 5_000;
const ORPHAN_PERIOD_MS = 600_000;

export interface CallOptions {
  readonly id?: string;
  readonly deadlineMs?: number;
  /** How long the kit waits. */
  readonly limitMs?: number;
  /** What the host breaks when no answer comes, or no success where that is due, whatever is just being looked at. */
  readonly rule?: string;
}

export interface WelcomeOptions {
  readonly orphanPeriodMs?: number;
  /** Members that no host knows. */
  readonly unknown?: Readonly<Record<string, unknown>>;
}

/** The daemon's side of the talk with one host: greeting it, calling it, and being replaced by the next daemon. */
export class Conversation {
  readonly stage: Stage;
  #peer: Peer | null = null;
  #hello: Hello | null = null;
  #epoch = 1;
  #calls = 0;
  /** Milliseconds that successful answers took, by method: a refusal shows nothing. */
  readonly times = new Map<string, number[]>();

  constructor(stage: Stage) {
    this.stage = stage;
  }

  /** Whether the host can be called now. */
  get isConnected(): boolean {
    return this.#peer?.isOpen ?? false;
  }
  get isWelcomed(): boolean {
    return this.stage.witness.isWelcomed(this.peer.connection);
  }
  get peer(): Peer {
    if (!this.#peer) throw new Error('nobody was greeted on this stage');
    return this.#peer;
  }
  /** What the host said in its last hello; null before the first. */
  get hello(): Hello | null {
    return this.#hello;
  }

  /** Takes the next connection and its hello; the host waits for its welcome then. */
  async meet(limitMs = START_LIMIT_MS, rule = 'H-1', helloRule = 'H-1'): Promise<Hello> {
    const peer = await this.stage.connection(limitMs, rule);
    const hello = await peer.frame(({ type, data }) => {
      const parsed = Hello.safeParse(data);
      return type === 'hello' && parsed.success ? parsed.data : undefined;
    }, HELLO_LIMIT_MS);
    if (!hello) throw new Violation(helloRule, `no hello of the form of chapter 4 within ${HELLO_LIMIT_MS} ms of its connection`);
    this.#peer = peer;
    this.#hello = hello;
    return hello;
  }

  welcome({ orphanPeriodMs = ORPHAN_PERIOD_MS, unknown = {} }: WelcomeOptions = {}): void {
    this.stage.witness.welcoming(this.peer.connection);
    const limits = {
      maxFrame: MAX_FRAME_BYTES,
      maxRecord: MAX_FAILURE_RECORD_BYTES,
      maxInFlight: MAX_IN_FLIGHT,
      orphanPeriodMs,
      ...unknown,
    };
    const eventHandle = this.stage.pipe.path;
    this.peer.send('welcome', { protocol: PROTOCOL, epoch: this.#epoch, eventHandle, limits, capabilities: {}, ...unknown });
  }

  /** The daemon dies without a word: no socket, and every connection cut. */
  async die(): Promise<void> {
    await this.stage.vanish();
    this.#epoch++;
  }

  /** The next daemon, of a higher epoch, waits for the host at the same place; the host waits for its welcome then. */
  async comeBack(): Promise<Hello> {
    await this.stage.listen();
    return this.meet(RECONNECT_LIMIT_MS, 'R-1', 'R-2');
  }

  /** The daemon is replaced by the next one, which hears what the host has to say and welcomes it. */
  async replace(options: WelcomeOptions = {}): Promise<Hello> {
    await this.die();
    const hello = await this.comeBack();
    this.welcome(options);
    return hello;
  }

  /** A call that must succeed before the next step makes sense. */
  async succeed(method: string, params: object, options: CallOptions = {}): Promise<{ readonly result: unknown }> {
    const response = await this.call(method, params, options);
    if (response.ok) return { result: response.result };
    throw new Violation(null, `${method} was answered ${answerWords(response)}`);
  }

  async call(method: string, params: object, options: CallOptions = {}): Promise<Response> {
    const sentAt = performance.now();
    const { id, text } = this.request(method, params, options);
    const mark = this.stage.journal.mark;
    this.peer.sendText(text);
    const response = await this.answer(id, method, options, mark);
    // A refusal is no measure of the work.
    if (response.ok) this.times.set(method, [...(this.times.get(method) ?? []), performance.now() - sentAt]);
    return response;
  }

  /** A request as a frame, and known to the witness; to be sent by the caller. */
  request(
    method: string,
    params: object,
    { id = this.#nextId(), deadlineMs = CALL_LIMIT_MS }: CallOptions = {},
  ): { readonly id: string; readonly text: string } {
    this.stage.witness.calling({ id, method, connection: this.peer.connection });
    return { id, text: frameText('request', { id, method, params, deadlineMs }) };
  }

  /** The answer to a request that was sent since `mark`. */
  async answer(id: string, what: string, { limitMs = CALL_LIMIT_MS, rule }: CallOptions = {}, mark = this.peer.mark): Promise<Response> {
    const response = await this.peer.response(id, limitMs, mark);
    if (response) return response;
    throw new Violation(rule ?? null, this.#silence(what, limitMs), 'C-1');
  }

  #silence(what: string, limitMs: number): string {
    const { exit } = this.stage.host;
    if (exit) return `the host ${exitWords(exit)} instead of answering ${what}${this.stage.lastWords()}`;
    return this.peer.isOpen ? `no answer to ${what} within ${limitMs} ms` : `the host closed the connection instead of answering ${what}`;
  }

  #nextId(): string {
    return `${this.#epoch}/${++this.#calls}`;
  }
}

export function answerWords(response: Response): string {
  return response.ok
    ? `with success: ${JSON.stringify(response.result)}`
    : `with the error ${response.error.code}: "${response.error.message}"`;
}
