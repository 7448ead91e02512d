import { setTimeout as wait } from 'node:timers/promises';
import { ENTRY_POINTS, operationId, type Response, type StatusReport } from '@andon/protocol';
import { usageError } from '../failure.ts';
import { answerWords, type CallOptions, Conversation, type WelcomeOptions } from './conversation.ts';
import { HostAnswers } from './host-answers.ts';
import { type LivingProcess, lives } from './processes.ts';
import type { Stage } from './stage.ts';
import { Obstacle, Violation } from './violation.ts';

/** An online or offline may take long; from a pended one its end is due in this time. */
const OPERATION_LIMIT_MS = 30_000;
const OPERATION_DEADLINE_MS = 180_000;
const TERMINATE_LIMIT_MS = 5_000;
const SETTLING_MS = 30;
const MOST_SETTLING_MS = 600;

/** How a resource came online. */
export interface Online {
  readonly incarnation: number;
  readonly contract: 'event' | 'poll';
  readonly pended: boolean;
  /** From the request to the end of the operation. */
  readonly tookMs: number;
  /** What it started, as far as the kit can see. */
  readonly processes: readonly LivingProcess[];
  /** Those of them that nothing else the host has started has started: they last as long as the resource, what they start comes and goes. */
  readonly roots: readonly LivingProcess[];
}

/** Plays the daemon on one stage: drives resources and answers the host as andond does. */
export class PlayedDaemon extends Conversation {
  /** How the host's own requests are answered. */
  readonly answers: HostAnswers;
  readonly #incarnations = new Map<string, number>();

  constructor(stage: Stage) {
    super(stage);
    this.answers = new HostAnswers(stage);
    stage.onRequest = (request) => this.answers.answer(request);
  }

  /** What the host has started by now. */
  get started(): readonly LivingProcess[] {
    return this.stage.host.started(this.hello?.pid);
  }

  incarnationOf(resource: string): number {
    return this.#incarnations.get(resource) ?? 0;
  }

  /** Starts a host, welcomes it and tells it of its type. */
  async begin(options: WelcomeOptions = {}): Promise<void> {
    await this.stage.startHost();
    await this.meet();
    this.welcome(options);
    await this.startup();
  }

  async startup(): Promise<void> {
    const { type } = this.stage.underCheck;
    const response = await this.call('startup', { types: [type] });
    const result = response.ok ? ENTRY_POINTS.startup.result.safeParse(response.result).data : undefined;
    if (result?.resourceTypes.includes(type)) return;
    const detail = `The host does not serve the type "${type}": startup was answered ${answerWords(response)}.`;
    throw usageError(detail, 'Name a type that it serves: --type TYPE');
  }

  async open(resource: string, recover = false): Promise<'nothing' | 'running'> {
    const { result } = await this.succeed('open', this.openParams(resource, recover));
    return ENTRY_POINTS.open.result.safeParse(result).data?.found ?? 'nothing';
  }

  /** Waits for the end of a pended one, too. */
  async online(resource: string, options: CallOptions & { readonly incarnation?: number } = {}): Promise<Online> {
    const before = new Set(this.started.map(({ pid }) => pid));
    const startedAt = performance.now();
    const { id, incarnation, params } = this.onlineCall(resource, options.incarnation);
    const limits = { limitMs: OPERATION_LIMIT_MS, deadlineMs: OPERATION_DEADLINE_MS };
    const response = await this.call('online', params, { ...limits, ...options, id });
    if (!response.ok) throw refusal(`online was answered ${answerWords(response)}`, options.rule);
    const pended = this.#wasPended(id);
    const contract = pended ? await this.#reportedContract(id) : contractIn(response.result);
    const tookMs = performance.now() - startedAt;
    const processes = await this.#settled(before);
    return { incarnation, contract, pended, tookMs, processes, roots: rootsOf(processes, before) };
  }

  async offline(resource: string): Promise<{ readonly pended: boolean }> {
    const { id, params } = this.offlineCall(resource);
    await this.succeed('offline', params, { limitMs: OPERATION_LIMIT_MS, deadlineMs: OPERATION_DEADLINE_MS, id });
    const pended = this.#wasPended(id);
    if (!pended) return { pended };
    const { state, text = '' } = await this.finalReport(id);
    if (state === 'failed') throw new Obstacle(`offline of ${resource} failed: ${text}`);
    return { pended };
  }

  /** One that is not answered by its deadline breaks C-16, whatever is just being looked at. */
  async terminate(resource: string, incarnation = this.incarnationOf(resource)): Promise<void> {
    const { id, params } = this.terminateCall(resource, incarnation);
    await this.succeed('terminate', params, { id, deadlineMs: TERMINATE_LIMIT_MS, limitMs: TERMINATE_LIMIT_MS, rule: 'C-16' });
  }

  /** Terminates and closes it, whatever it does. */
  async drop(resource: string): Promise<void> {
    if (this.incarnationOf(resource) > 0) await this.terminate(resource);
    await this.succeed('close', { resourceId: resource });
  }

  alive(method: 'looksAlive' | 'isAlive', resource: string, incarnation = this.incarnationOf(resource)): Promise<Response> {
    return this.call(method, { resourceId: resource, incarnation });
  }

  openParams(resource: string, recover = false): object {
    return { resourceId: resource, type: this.stage.underCheck.type, properties: this.propertiesOf(resource), recover };
  }

  /** The next online of this resource, ready to be sent; from here on its incarnation counts. */
  onlineCall(
    resource: string,
    incarnation = this.incarnationOf(resource) + 1,
  ): { readonly id: string; readonly incarnation: number; readonly params: object } {
    this.#incarnations.set(resource, incarnation);
    const id = operationId(resource, incarnation, 'online');
    const properties = this.propertiesOf(resource);
    const eventHandle = this.stage.pipe.path;
    return {
      id,
      incarnation,
      params: { resourceId: resource, incarnation, properties, eventHandle, failureRecord: `${resource}@${incarnation}` },
    };
  }

  /** An offline, ready to be sent. */
  offlineCall(resource: string): { readonly id: string; readonly params: object } {
    const incarnation = this.incarnationOf(resource);
    return { id: operationId(resource, incarnation, 'offline'), params: { resourceId: resource, incarnation, cause: 'administrator' } };
  }

  /** A terminate, ready to be sent; from here on the operations of this incarnation count as over. */
  terminateCall(resource: string, incarnation = this.incarnationOf(resource)): { readonly id: string; readonly params: object } {
    this.answers.terminating(resource, incarnation);
    const id = operationId(resource, incarnation, 'terminate');
    return { id, params: { resourceId: resource, incarnation, cause: 'administrator', reason: 'the kit wants it to end' } };
  }

  /** How a pended operation ends. */
  async finalReport(id: string): Promise<StatusReport> {
    const { journal, witness } = this.stage;
    const report = await journal.next(() => witness.finalReport(id), OPERATION_LIMIT_MS, Math.max(0, journal.mark - 1));
    if (!report) throw new Violation('P-2', `no report of a final state of ${id} within ${OPERATION_LIMIT_MS} ms`);
    return report;
  }

  /** With its name wherever a text, however deep, asks for it. */
  propertiesOf(resource: string): Record<string, unknown> {
    return JSON.parse(JSON.stringify(this.stage.underCheck.properties), (_key, value: unknown) =>
      typeof value === 'string' ? value.replaceAll('{resource}', resource) : value,
    );
  }

  /**
   * What was started since and stays: what only helped to bring a resource online may live a moment longer than its last word. A host
   * that does one thing after the other may have helpers of its own for the last one; a ping is answered after them.
   */
  async #settled(before: ReadonlySet<number>): Promise<readonly LivingProcess[]> {
    const look = (): readonly LivingProcess[] => this.started.filter(({ pid }) => !before.has(pid));
    const untilMs = performance.now() + MOST_SETTLING_MS;
    let seen = look();
    if (seen.length > 0) await this.call('ping', {});
    while (seen.length > 0 && performance.now() < untilMs) {
      await wait(SETTLING_MS);
      const now = look();
      if (now.length === seen.length && seen.every(lives)) break;
      seen = now;
    }
    return seen;
  }

  #wasPended(id: string): boolean {
    return this.stage.witness.isPended(id) || this.stage.witness.finalReport(id) !== undefined;
  }

  async #reportedContract(id: string): Promise<Online['contract']> {
    const { state, text = '', eventHandle } = await this.finalReport(id);
    if (state === 'failed') throw refusal(`the pended operation ${id} failed: ${text}`);
    return eventHandle === undefined ? 'poll' : 'event';
  }
}

/** An online may be refused for good reasons: only who wanted to see this one succeed knows a rule for it. */
function refusal(came: string, rule?: string): Violation {
  return rule === undefined ? new Obstacle(`${came}; does the resource need a property (--set)?`) : new Violation(rule, came);
}

function rootsOf(processes: readonly LivingProcess[], before: ReadonlySet<number>): readonly LivingProcess[] {
  const pids = new Set([...before, ...processes.map(({ pid }) => pid)]);
  return processes.filter(({ parentPid }) => !pids.has(parentPid));
}

function contractIn(result: unknown): Online['contract'] {
  const online = ENTRY_POINTS.online.result.safeParse(result);
  return online.success && 'contract' in online.data ? online.data.contract : 'poll';
}
