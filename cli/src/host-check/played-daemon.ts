import { ENTRY_POINTS, Hello, operationId, type Response, type StatusReport } from '@andon/protocol';
import { HostAnswers } from './host-answers.ts';
import type { LivingProcess } from './processes.ts';
import { frameText, type Peer } from './peer.ts';
import type { Stage } from './stage.ts';
import { usageError } from '../failure.ts';
import { Violation } from './violation.ts';

/** From its start or a lost connection to a hello: what chapter 4 leaves it, and half of that for a slow machine. */
const HELLO_LIMIT_MS = 7_500;
const CALL_LIMIT_MS = 5_000;
/** An online or offline may take long; from a pended one a sign of life is due in this time. */
const OPERATION_LIMIT_MS = 30_000;
export const TERMINATE_LIMIT_MS = 5_000;

export interface CallOptions {
  readonly id?: string;
  readonly deadlineMs?: number;
  /** How long the kit waits. */
  readonly limitMs?: number;
  /** What the host breaks when no answer comes. */
  readonly rule?: string;
}

/** How a resource came online. */
export interface Online {
  readonly incarnation: number;
  readonly contract: 'event' | 'poll';
  readonly pended: boolean;
  /** From the request to the end of the operation. */
  readonly tookMs: number;
  /** What it started, as far as the kit can see. */
  readonly processes: readonly LivingProcess[];
}

export interface WelcomeOptions {
  readonly orphanPeriodMs?: number;
  /** Members that no host knows. */
  readonly unknown?: Readonly<Record<string, unknown>>;
}

/** Plays the daemon on one stage: greets, calls and answers as andond does. */
export class PlayedDaemon {
  readonly stage: Stage;
  #peer: Peer | null = null;
  #hello: Hello | null = null;
  #epoch = 1;
  #calls = 0;
  readonly #incarnations = new Map<string, number>();
  /** How the host's own requests are answered. */
  readonly answers: HostAnswers;
  /** Milliseconds that the answers took, by method. */
  readonly times = new Map<string, number[]>();

  constructor(stage: Stage) {
    this.stage = stage;
    this.answers = new HostAnswers(stage);
    stage.onRequest = (request) => this.answers.answer(request);
  }

  /** Whether the host can be called now. */
  get isConnected(): boolean {
    return this.#peer?.isOpen ?? false;
  }
  get peer(): Peer {
    if (!this.#peer) throw new Error('nobody was greeted on this stage');
    return this.#peer;
  }
  /** What the host said in its last hello. */
  get hello(): Hello {
    if (!this.#hello) throw new Error('nobody was greeted on this stage');
    return this.#hello;
  }
  /** What the host calls itself; null when it does not, or has not said hello. */
  get software(): NonNullable<Hello['software']> | null {
    return this.#hello?.software ?? null;
  }
  /** What the host has started by now. */
  get started(): readonly LivingProcess[] {
    return this.stage.host.started(this.#hello?.pid);
  }

  incarnationOf(resource: string): number {
    return this.#incarnations.get(resource) ?? 0;
  }

  /** The daemon dies without a word, and the next one, of a higher epoch, has not come yet. */
  async crash(): Promise<void> {
    await this.stage.vanish();
    this.#epoch++;
  }

  /** Takes the next connection and its hello; the host waits for its welcome then. */
  async meet(rule = 'H-1'): Promise<Hello> {
    const peer = await this.stage.connection(HELLO_LIMIT_MS, rule);
    const hello = await peer.frame(({ type, data }) => {
      const parsed = Hello.safeParse(data);
      return type === 'hello' && parsed.success ? parsed.data : undefined;
    }, HELLO_LIMIT_MS);
    if (!hello) throw new Violation('H-1', `no hello within ${HELLO_LIMIT_MS} ms of its connection`);
    this.#peer = peer;
    this.#hello = hello;
    return hello;
  }

  welcome({ orphanPeriodMs = 600_000, unknown = {} }: WelcomeOptions = {}): void {
    this.stage.witness.welcoming(this.peer.connection);
    const limits = { maxFrame: 1_048_576, maxRecord: 512, maxInFlight: 64, orphanPeriodMs, ...unknown };
    const eventHandle = this.stage.pipe.path;
    this.peer.send('welcome', { protocol: 'andon/1', epoch: this.#epoch, eventHandle, limits, capabilities: {}, ...unknown });
  }

  /** Meets and welcomes it. */
  async greet(options: WelcomeOptions = {}, rule = 'H-1'): Promise<Hello> {
    const hello = await this.meet(rule);
    this.welcome(options);
    return hello;
  }

  /** Starts a host, greets it and tells it of its type. */
  async begin(options: WelcomeOptions = {}): Promise<void> {
    await this.stage.startHost();
    await this.greet(options);
    await this.startup();
  }

  async startup(): Promise<void> {
    const { type } = this.stage.underCheck;
    const response = await this.call('startup', { types: [type] });
    const result = response.ok ? ENTRY_POINTS.startup.result.safeParse(response.result).data : undefined;
    const served = result?.resourceTypes ?? [];
    if (served.includes(type)) return;
    const instead = response.ok ? `it serves: ${served.join(', ') || 'none'}` : `it answered ${errorWords(response)}`;
    throw usageError(`The host does not serve the type "${type}"; ${instead}.`, 'Name the type that it serves: --type TYPE');
  }

  async open(resource: string, recover = false): Promise<'nothing' | 'running'> {
    const { result } = await this.succeed('open', this.openParams(resource, recover));
    return ENTRY_POINTS.open.result.safeParse(result).data?.found ?? 'nothing';
  }

  openParams(resource: string, recover = false): object {
    return { resourceId: resource, type: this.stage.underCheck.type, properties: this.propertiesOf(resource), recover };
  }

  /** Waits for the end of a pended one, too. */
  async online(resource: string, options: CallOptions & { readonly incarnation?: number } = {}): Promise<Online> {
    const before = new Set(this.started.map(({ pid }) => pid));
    const startedAt = performance.now();
    const incarnation = options.incarnation ?? this.incarnationOf(resource) + 1;
    const { id, params } = this.onlineCall(resource, incarnation);
    const { result } = await this.succeed('online', params, { limitMs: OPERATION_LIMIT_MS, deadlineMs: 180_000, ...options, id });
    const pended = this.stage.witness.isPended(id) || this.stage.witness.finalReport(id) !== undefined;
    const contract = pended ? await this.#contractOf(id) : contractIn(result);
    const tookMs = performance.now() - startedAt;
    const processes = this.started.filter(({ pid }) => !before.has(pid));
    return { incarnation, contract, pended, tookMs, processes };
  }

  async offline(resource: string, options: CallOptions = {}): Promise<void> {
    const incarnation = this.incarnationOf(resource);
    const id = options.id ?? operationId(resource, incarnation, 'offline');
    const params = { resourceId: resource, incarnation, cause: 'administrator' };
    await this.succeed('offline', params, { limitMs: OPERATION_LIMIT_MS, deadlineMs: 180_000, ...options, id });
    if (!this.stage.witness.isPended(id) && !this.stage.witness.finalReport(id)) return;
    const { state, text = '' } = await this.finalReport(id);
    if (state === 'failed') throw new Violation(null, `offline of ${resource} failed: ${text}`);
  }

  async terminate(resource: string, incarnation = this.incarnationOf(resource)): Promise<void> {
    await this.succeed('terminate', this.terminateParams(resource, incarnation), {
      id: operationId(resource, incarnation, 'terminate'),
      deadlineMs: TERMINATE_LIMIT_MS,
      limitMs: TERMINATE_LIMIT_MS,
      rule: 'C-16',
    });
  }

  async close(resource: string): Promise<void> {
    await this.succeed('close', { resourceId: resource });
  }

  /** Terminates and closes it, whatever it does. */
  async drop(resource: string): Promise<void> {
    await this.terminate(resource);
    await this.close(resource);
  }

  /** The next online of this resource, ready to be sent; from here on its incarnation counts. */
  onlineCall(resource: string, incarnation = this.incarnationOf(resource) + 1): { readonly id: string; readonly params: object } {
    this.#incarnations.set(resource, incarnation);
    const id = operationId(resource, incarnation, 'online');
    const properties = this.propertiesOf(resource);
    const params = {
      resourceId: resource,
      incarnation,
      properties,
      eventHandle: this.stage.pipe.path,
      failureRecord: `${resource}@${incarnation}`,
    };
    return { id, params };
  }

  terminateParams(resource: string, incarnation = this.incarnationOf(resource)): object {
    this.answers.terminating(resource, incarnation);
    return { resourceId: resource, incarnation, cause: 'administrator', reason: 'the kit wants it to end' };
  }

  /** A call that must succeed before the next step makes sense. */
  async succeed(method: string, params: object, options: CallOptions = {}): Promise<{ readonly result: unknown }> {
    const response = await this.call(method, params, options);
    if (response.ok) return { result: response.result };
    const hint = method === 'open' || method === 'online' ? '; does it need a property (--set)?' : '';
    throw new Violation(null, `${method} was answered ${errorWords(response)}${hint}`);
  }

  async call(method: string, params: object, options: CallOptions = {}): Promise<Response> {
    const { limitMs = CALL_LIMIT_MS, rule = null } = options;
    const startedAt = performance.now();
    const { id, text } = this.request(method, params, options);
    const mark = this.stage.journal.mark;
    this.peer.sendText(text);
    const response = await this.peer.response(id, limitMs, mark);
    if (response) {
      this.times.set(method, [...(this.times.get(method) ?? []), performance.now() - startedAt]);
      return response;
    }
    throw new Violation(rule, this.noAnswer(method, limitMs), 'C-1');
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

  noAnswer(what: string, limitMs: number): string {
    const { exit } = this.stage.host;
    if (exit) return `the host ended (${exit.code ?? exit.signal}) instead of answering ${what}: ${this.stage.host.stderrTail()}`;
    return this.peer.isOpen ? `no answer to ${what} within ${limitMs} ms` : `the host closed the connection instead of answering ${what}`;
  }

  /** How a pended operation ends. */
  async finalReport(id: string): Promise<StatusReport> {
    let mark = 0;
    for (;;) {
      const report = this.stage.witness.finalReport(id);
      if (report) return report;
      const seen = await this.peer.frame(({ type }) => (type === 'request' ? true : undefined), OPERATION_LIMIT_MS, mark);
      if (seen === null && !this.stage.witness.finalReport(id)) {
        throw new Violation('P-2', `no report of a final state of ${id} within ${OPERATION_LIMIT_MS} ms`);
      }
      mark = this.stage.journal.mark;
    }
  }

  propertiesOf(resource: string): Record<string, unknown> {
    const entries = Object.entries(this.stage.underCheck.properties);
    return Object.fromEntries(
      entries.map(([key, value]) => [key, typeof value === 'string' ? value.replaceAll('{resource}', resource) : value]),
    );
  }

  async #contractOf(id: string): Promise<Online['contract']> {
    const { state, text = '', eventHandle } = await this.finalReport(id);
    if (state === 'failed') throw new Violation(null, `the pended operation ${id} failed: ${text}`);
    return eventHandle === undefined ? 'poll' : 'event';
  }

  #nextId(): string {
    return `${this.#epoch}/${++this.#calls}`;
  }
}

function contractIn(result: unknown): Online['contract'] {
  const online = ENTRY_POINTS.online.result.safeParse(result);
  return online.success && 'contract' in online.data ? online.data.contract : 'poll';
}

export function errorWords(response: Response): string {
  return response.ok ? 'with success' : `with the error ${response.error.code}: "${response.error.message}"`;
}
