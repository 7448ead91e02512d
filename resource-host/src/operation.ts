import { Contract, MAX_TEXT_LENGTH, type RememberedCall, type StatusReport, type WireError } from '@andon/protocol';
import { CallError, NotSupportedError, type Progress } from './resource.ts';
import { type ReportAnswer, type SendReport, StatusReporter } from './status-reporter.ts';

/**
 * An online or offline that takes longer than this is answered `{pending: true}`, and its end is told by a status report.
 * Below the 300 ms after which the daemon warns of a slow call.
 */
export const PEND_AFTER_MS = 100;

/** What goes back to the daemon. */
export type Answer = { readonly ok: true; readonly result: unknown } | { readonly ok: false; readonly error: WireError };

export interface OperationOptions {
  readonly id: string;
  readonly call: RememberedCall;
  /** Started at once. Its result, or what it throws, is the answer. */
  work(self: Operation): Promise<unknown>;
  /** Asks `work` to give up. */
  abort(reason: string): void;
  readonly send: SendReport;
}

/** One online, offline or terminate: it runs once, however often the daemon asks for it under the same id. */
export class Operation {
  readonly id: string;
  readonly call: RememberedCall;
  /** Settles with the final answer; never rejects. */
  readonly settled: Promise<Answer>;
  readonly #options: OperationOptions;
  readonly #reporter: StatusReporter;
  readonly #pend = Promise.withResolvers<Answer>();
  #pended = false;
  #superseded = false;
  #answer: Answer | undefined;

  constructor(options: OperationOptions) {
    this.id = options.id;
    this.call = options.call;
    this.#options = options;
    this.#reporter = new StatusReporter(options.id, (report) => this.#send(report));
    const timer = options.call === 'terminate' ? undefined : setTimeout(() => this.#becomePending(), PEND_AFTER_MS);
    this.settled = options.work(this).then(
      (result) => this.#settle({ ok: true, result }, timer),
      (error: unknown) => this.#settle({ ok: false, error: wireErrorOf(error) }, timer),
    );
  }

  /** How it ended, whether or not a terminate overtook it. Undefined while it runs. */
  get answer(): Answer | undefined {
    return this.#answer;
  }

  /** A terminate overtook it: its result changes nothing any more. */
  get superseded(): boolean {
    return this.#superseded;
  }

  /** What to answer a request for this operation: its end if it is near, else that it is pending. */
  async firstAnswer(): Promise<Answer> {
    const answer = this.#answer ?? (await Promise.race([this.settled, this.#pend.promise]));
    if (!this.#superseded || answer === PENDING) return answer;
    return {
      ok: false,
      error: { code: 'cancelled', message: `${this.id}: terminated meanwhile`, retryable: false },
    };
  }

  /** The author's word that it is alive. Makes the operation pending, because only then is a report legal. */
  report(progress: Progress): Promise<ReportAnswer> {
    if (this.#superseded) return Promise.resolve('terminate');
    this.#becomePending();
    return this.#reporter.progress(this.call === 'online' ? 'onlinePending' : 'offlinePending', progress);
  }

  /** What no daemon has answered; what a terminate overtook is of no interest any more. */
  tellAgain(): void {
    if (!this.#superseded) this.#reporter.tellAgain();
  }

  cancel(reason: string): void {
    this.#options.abort(reason);
  }

  supersede(reason: string): void {
    this.#superseded = true;
    this.#options.abort(reason);
  }

  #becomePending(): void {
    if (this.#answer || this.call === 'terminate') return;
    this.#pended = true;
    this.#pend.resolve(PENDING);
  }

  #settle(answer: Answer, timer: NodeJS.Timeout | undefined): Answer {
    clearTimeout(timer);
    this.#answer = answer;
    if (this.#pended) this.#reporter.end(finalReport(this.call, answer));
    return answer;
  }

  async #send(report: StatusReport): Promise<ReportAnswer | undefined> {
    if (this.#superseded) return 'terminate';
    const answer = await this.#options.send(report);
    if (answer === 'terminate') this.#options.abort('the daemon answered a status report with terminate');
    return answer;
  }
}

const PENDING: Answer = { ok: true, result: { pending: true } };

function finalReport(call: RememberedCall, answer: Answer): Omit<StatusReport, 'checkpoint' | 'operationId'> {
  if (!answer.ok) return { state: 'failed', code: answer.error.code, text: answer.error.message };
  if (call !== 'online') return { state: 'offline' };
  const contract = Contract.parse(answer.result);
  if (contract.contract === 'event') return { state: 'online', eventHandle: contract.eventHandle };
  const { looksAliveMs, isAliveMs } = contract;
  return {
    state: 'online',
    ...(looksAliveMs === undefined ? {} : { looksAliveMs }),
    ...(isAliveMs === undefined ? {} : { isAliveMs }),
  };
}

/** Whatever an author throws, as an error on the wire. */
export function wireErrorOf(thrown: unknown): WireError {
  return { code: codeOf(thrown), message: messageOf(thrown), retryable: false };
}

function codeOf(thrown: unknown): WireError['code'] {
  if (thrown instanceof CallError) return thrown.code;
  if (thrown instanceof NotSupportedError) return 'notSupported';
  return thrown instanceof Error && thrown.name === 'AbortError' ? 'cancelled' : 'failed';
}

/** For people; cut to the length of a text on the wire. */
export function messageOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  return text.slice(0, MAX_TEXT_LENGTH);
}
