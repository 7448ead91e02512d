import {
  ENTRY_POINTS,
  type EntryPoint,
  Hello,
  HOST_REQUESTS,
  NOTIFICATIONS,
  Notify,
  parseOperationId,
  Request,
  Response,
  type StatusReport,
} from '@andon/protocol';
import { type Frame, shown } from './journal.ts';
import type { Judge } from './judge.ts';

/** A call that the kit sent. */
export interface SentCall {
  readonly id: string;
  readonly method: string;
  readonly connection: number;
}

/** An online or offline that the host left pending. */
interface PendedOperation {
  checkpoint: number;
  final: { readonly report: StatusReport; readonly connection: number } | null;
  finals: number;
}

/** Sees every frame of a host as it comes, and notes what no single step looks for. */
export class Witness {
  readonly #judge: Judge;
  readonly #calls: SentCall[] = [];
  /** How many answers came, by connection and id: an operation may be asked for twice under one id. */
  readonly #answers = new Map<string, number>();
  readonly #pended = new Map<string, PendedOperation>();
  readonly #greeted = new Set<number>();
  readonly #welcomed = new Set<number>();
  /** Paths of the pipes that this host was given. */
  readonly handles = new Set<string>();

  constructor(judge: Judge) {
    this.#judge = judge;
  }

  /** To be told before it is sent. */
  calling(call: SentCall): void {
    this.#calls.push(call);
  }

  isWelcomed(connection: number): boolean {
    return this.#welcomed.has(connection);
  }

  welcoming(connection: number): void {
    this.#welcomed.add(connection);
  }

  /** The report that ended this operation; undefined while it runs, or when it was never pended. */
  finalReport(operationId: string): StatusReport | undefined {
    return this.#pended.get(operationId)?.final?.report;
  }

  /** How often its end was told. */
  finalReports(operationId: string): number {
    return this.#pended.get(operationId)?.finals ?? 0;
  }

  isPended(operationId: string): boolean {
    const operation = this.#pended.get(operationId);
    return operation !== undefined && operation.final === null;
  }

  see({ type, data, text }: Frame, connection: number): void {
    if (!this.#greeted.has(connection)) {
      this.#greeted.add(connection);
      return this.#first(type, data, text);
    }
    if (!this.#welcomed.has(connection) && !isResources(type, data)) {
      this.#judge.broken('H-5', `before the welcome: ${shown(text)}`);
    }
    if (type === 'response') this.#response(data, text, connection);
    if (type === 'request') this.#request(data, text, connection);
    if (type === 'notify') this.#notification(data, text);
  }

  #first(type: string, data: unknown, text: string): void {
    const hello = Hello.safeParse(data);
    if (type === 'hello' && hello.success) return;
    const [issue] = hello.error?.issues ?? [];
    const wrong = type === 'hello' && issue ? ` (${issue.path.join('.')}: ${issue.message})` : '';
    this.#judge.broken('H-1', `the first frame is no hello of the form of chapter 4${wrong}: ${shown(text)}`);
  }

  #response(data: unknown, text: string, connection: number): void {
    const response = Response.safeParse(data);
    if (!response.success) return this.#judge.broken('C-1', `an answer that is not of the form of chapter 5: ${shown(text)}`);
    const { id } = response.data;
    const key = `${connection} ${id}`;
    const asked = this.#calls.filter((one) => one.id === id && one.connection === connection);
    const [call] = asked;
    if (!call) return this.#unasked(id, text);
    const answers = (this.#answers.get(key) ?? 0) + 1;
    this.#answers.set(key, answers);
    if (answers > asked.length) return this.#judge.broken('C-1', `one answer too many: ${shown(text)}`);
    if (response.data.ok) this.#result(call, response.data.result, text);
  }

  /** Nothing of that id was asked on this connection. */
  #unasked(id: string, text: string): void {
    const wasAsked = this.#calls.some((one) => one.id === id);
    if (wasAsked) this.#judge.broken('R-3', `an answer to a request of an earlier connection: ${shown(text)}`);
    else this.#judge.broken('C-1', `an answer to something that was not asked: ${shown(text)}`);
  }

  #result({ id, method }: SentCall, result: unknown, text: string): void {
    if (!isEntryPoint(method)) return;
    if (!ENTRY_POINTS[method].result.safeParse(result).success) {
      return this.#judge.broken('C-1', `a result of ${method} that is not of the form of chapter 5: ${shown(text)}`);
    }
    const online = ENTRY_POINTS.online.result.safeParse(result);
    if (method === 'online' && online.success && 'contract' in online.data && online.data.contract === 'event') {
      this.#handle(online.data.eventHandle, text);
    }
    const offline = ENTRY_POINTS.offline.result.safeParse(result);
    const isPending = method === 'online' || method === 'offline' ? offline.success && offline.data?.pending === true : false;
    if (isPending && !this.#pended.has(id)) this.#pend(id);
  }

  #handle(path: string, text: string): void {
    if (this.handles.has(path)) this.#judge.held('C-12', `the event handle ${path}, which is the host's`);
    else this.#judge.broken('C-12', `an event handle that the daemon did not issue to this host: ${shown(text)}`);
  }

  #request(data: unknown, text: string, connection: number): void {
    const request = Request.safeParse(data);
    if (!request.success || request.data.method !== 'statusReport') return;
    const report = HOST_REQUESTS.statusReport.params.safeParse(request.data.params);
    if (report.success) this.#report(report.data, text, connection);
    else this.#judge.broken('P-2', `a status report that is not of the form of chapter 8: ${shown(text)}`);
  }

  #report(report: StatusReport, text: string, connection: number): void {
    const { operationId, checkpoint, state } = report;
    const operation = this.#pended.get(operationId) ?? this.#lostAnswer(operationId, connection);
    if (!operation) return this.#judge.broken('P-1', `a report before its operation was answered \`pending\`: ${shown(text)}`);
    if (checkpoint < operation.checkpoint) {
      this.#judge.broken('P-3', `checkpoint ${checkpoint} after ${operation.checkpoint}: ${shown(text)}`);
    }
    operation.checkpoint = Math.max(checkpoint, operation.checkpoint);
    if (report.eventHandle !== undefined) this.#handle(report.eventHandle, text);
    // After a lost connection a report may be told again.
    if (operation.final?.connection === connection) this.#judge.broken('P-2', `a report after the final one: ${shown(text)}`);
    const call = parseOperationId(operationId)?.call;
    const states = call === 'online' ? ['onlinePending', 'online', 'failed'] : ['offlinePending', 'offline', 'failed'];
    if (!states.includes(state)) this.#judge.broken('P-2', `the state ${state} for an ${call ?? 'operation'}: ${shown(text)}`);
    if (state === 'onlinePending' || state === 'offlinePending') return;
    operation.final ??= { report, connection };
    operation.finals++;
  }

  /** What was asked on an earlier connection may have been answered `pending` into its void. */
  #lostAnswer(operationId: string, connection: number): PendedOperation | undefined {
    const call = this.#calls.findLast(({ id }) => id === operationId);
    if (call === undefined || call.connection === connection) return undefined;
    return this.#pend(operationId);
  }

  #pend(operationId: string): PendedOperation {
    const operation = { checkpoint: -1, final: null, finals: 0 };
    this.#pended.set(operationId, operation);
    return operation;
  }

  #notification(data: unknown, text: string): void {
    if (!isResources('notify', data)) return;
    const params = Notify.parse(data).params;
    if (!NOTIFICATIONS.resources.safeParse(params).success) {
      this.#judge.broken('H-3', `resources that are not of the form of chapter 4: ${shown(text)}`);
    }
  }
}

function isEntryPoint(method: string): method is EntryPoint {
  return Object.hasOwn(ENTRY_POINTS, method);
}

function isResources(type: string, data: unknown): boolean {
  const notify = Notify.safeParse(data);
  return type === 'notify' && notify.success && notify.data.method === 'resources';
}
