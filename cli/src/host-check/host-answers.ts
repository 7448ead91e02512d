import { HOST_REQUESTS, parseOperationId, type Request, type StatusReport } from '@andon/protocol';
import type { Answer } from './peer.ts';
import type { Stage } from './stage.ts';

/** Answers what a host asks, as the daemon does. */
export class HostAnswers {
  readonly #stage: Stage;
  readonly #terminated = new Set<string>();
  /** What status reports are answered while nothing terminates their operation; null leaves one unanswered. */
  onReport: (report: StatusReport) => 'continue' | 'terminate' | null = () => 'continue';

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** A terminate of this incarnation is sent: its operations are over. */
  terminating(resource: string, incarnation: number): void {
    this.#terminated.add(`${resource}@${incarnation}`);
  }

  async answer({ method, params }: Request): Promise<Answer | null> {
    if (method === 'statusReport') return this.#statusReport(params);
    if (method === 'createEventHandle') return this.#createEventHandle(params);
    if (method === 'extendControl' || method === 'setProperties') {
      return HOST_REQUESTS[method].params.safeParse(params).success ? { ok: true, result: {} } : malformed(method);
    }
    return { ok: false, code: 'notSupported', message: `There is no request "${method}".` };
  }

  #statusReport(params: unknown): Answer | null {
    const report = HOST_REQUESTS.statusReport.params.safeParse(params);
    if (!report.success) return malformed('statusReport');
    const { witness } = this.#stage;
    const { operationId } = report.data;
    if (!witness.isPended(operationId) && !witness.finalReport(operationId)) {
      return { ok: false, code: 'invalidState', message: `${operationId} is not pending.` };
    }
    const answer = this.#isTerminated(operationId) ? 'terminate' : this.onReport(report.data);
    return answer === null ? null : { ok: true, result: { answer } };
  }

  async #createEventHandle(params: unknown): Promise<Answer> {
    const asked = HOST_REQUESTS.createEventHandle.params.safeParse(params);
    if (!asked.success) return malformed('createEventHandle');
    const pipe = await this.#stage.makePipe(`check.${asked.data.name}`);
    return { ok: true, result: { eventHandle: pipe.path } };
  }

  #isTerminated(operationId: string): boolean {
    const operation = parseOperationId(operationId);
    return operation !== null && this.#terminated.has(`${operation.resource}@${operation.incarnation}`);
  }
}

function malformed(method: string): Answer {
  return { ok: false, code: 'invalidParams', message: `The parameters of ${method} do not have the form of chapter 8.` };
}
