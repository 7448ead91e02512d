import { setImmediate as nextTurn } from 'node:timers/promises';
import { MAX_TEXT_LENGTH, type StatusReport } from '@andon/protocol';
import type { Progress } from './resource.ts';

export type ReportAnswer = 'continue' | 'terminate';
/** Undefined: no daemon was there to answer. */
export type SendReport = (report: StatusReport) => Promise<ReportAnswer | undefined>;
type Report = Omit<StatusReport, 'checkpoint' | 'operationId'>;

/** Sends the reports of one pended operation in order, one at a time; of those that wait only the newest is kept. */
export class StatusReporter {
  readonly #operationId: string;
  readonly #send: SendReport;
  #checkpoint = 0;
  #next: { report: StatusReport; readonly answer: PromiseWithResolvers<ReportAnswer> } | undefined;
  /** Sent last, and not answered before the connection broke. */
  #unanswered: StatusReport | undefined;
  #sending = false;
  #ended = false;

  constructor(operationId: string, send: SendReport) {
    this.#operationId = operationId;
    this.#send = send;
  }

  progress(state: 'onlinePending' | 'offlinePending', progress: Progress): Promise<ReportAnswer> {
    if (this.#ended) return Promise.resolve('continue');
    const text = progress.text === undefined ? {} : { text: progress.text.slice(0, MAX_TEXT_LENGTH) };
    return this.#enqueue({ state, ...text }, progress.checkpoint);
  }

  /** The last report; nothing follows it. */
  end(report: Report): void {
    this.#ended = true;
    void this.#enqueue(report);
  }

  /** A daemon is there again. */
  tellAgain(): void {
    if (!this.#unanswered || this.#next) return;
    this.#next = { report: this.#unanswered, answer: Promise.withResolvers() };
    if (!this.#sending) void this.#drain();
  }

  #enqueue(report: Report, checkpoint = this.#checkpoint + 1): Promise<ReportAnswer> {
    this.#checkpoint = checkpoint;
    const numbered = { operationId: this.#operationId, checkpoint, ...report };
    if (this.#next) this.#next.report = numbered;
    else this.#next = { report: numbered, answer: Promise.withResolvers() };
    const { promise } = this.#next.answer;
    if (!this.#sending) void this.#drain();
    return promise;
  }

  async #drain(): Promise<void> {
    this.#sending = true;
    // `{pending: true}` leaves in this turn; a report that came before it would name an operation that is not pending.
    await nextTurn();
    while (this.#next) {
      const { report, answer } = this.#next;
      this.#next = undefined;
      const answered = await this.#send(report);
      this.#unanswered = answered === undefined ? report : undefined;
      answer.resolve(answered ?? 'continue');
    }
    this.#sending = false;
  }
}
