import { type EventFields, type EventKind, MAX_TEXT_LENGTH, type Request, SLOW_CALL_MS } from '@andon/protocol';
import type { Log } from '../../ports/index.ts';
import type { HostCall } from './call-table.ts';
import type { HostConnectionOwner } from './host-connection.ts';
import { type EvidenceTools, HostEvidence, type WitnessedHost } from './host-evidence.ts';
import type { HostLifeOwner } from './host-life.ts';
import type { HostOwner } from './host-owner.ts';
import type { RequestAnswer } from './host-session.ts';
import type { RecordIntakeOwner } from './record-intake.ts';

type Passed = Pick<HostConnectionOwner, 'answered' | 'strayResponse' | 'requested' | 'logged' | 'failedNotified' | 'violated'>;

/** The slot that reports; an alarm is its trouble from then on. */
interface ReportingHost extends WitnessedHost {
  trouble: string | null;
}

/** What a host says or does that changes nothing in its slot: passed on to the monitor, or told of. */
export class HostReports {
  readonly evidence: HostEvidence;
  readonly #host: ReportingHost;
  readonly #owner: HostOwner;
  readonly #log: Log;

  constructor(host: ReportingHost, owner: HostOwner, tools: EvidenceTools & { readonly log: Log }) {
    this.#host = host;
    this.#owner = owner;
    // Not a child of it: that would keep its level when the daemon's is changed.
    this.#log = tools.log;
    this.evidence = new HostEvidence(host, owner, tools);
  }

  publish<K extends EventKind>(event: K, fields: EventFields<K>, resource?: string | null): void {
    this.#owner.publish(event, fields, this.#host.hostId, resource ?? undefined);
  }

  ofConnection(): Passed {
    return {
      answered: (call, elapsedMs, outcome) => this.#answered(call, elapsedMs, outcome),
      strayResponse: (id) => this.publish('lateReplyIgnored', { call: id.slice(0, 200) }),
      requested: (request: Request, respond: (answer: RequestAnswer) => void) => this.#owner.requested(this.#host, request, respond),
      logged: (level, text, resource) => this.publish('logged', { level, text: text.slice(0, MAX_TEXT_LENGTH) }, resource),
      failedNotified: (resource, incarnation, reason) => this.#owner.failedNotified(this.#host, resource, incarnation, reason),
      violated: (reason) => this.publish('protocolViolation', { reason }),
    };
  }

  ofPipes(): RecordIntakeOwner {
    return {
      recordArrived: (record, atMs) => this.#owner.recordArrived(this.#host, record, atMs),
      malformedRecord: (excerpt, why) => this.#owner.malformedRecord(this.#host, `${excerpt} (${why})`),
      unterminatedRecord: (bytes) =>
        this.publish('recordUnterminated', { record: `${bytes} bytes without a newline; write it with echo, not printf` }),
      flooded: (perSecond, isAlarming) => {
        this.publish('recordFlood', { perSecond });
        if (isAlarming) this.#host.trouble = `floods its event handle with records that name nothing (${perSecond} in one second)`;
      },
      handleLost: (path) =>
        this.publish('eventHandleReplaced', { path, why: 'the path names this pipe no more; records written there are lost' }),
    };
  }

  ofLife(): Pick<HostLifeOwner, 'killing' | 'notGone'> {
    return {
      killing: (fields, process) => {
        this.publish('hostKilled', fields);
        this.evidence.killing(fields, process);
      },
      notGone: (fields, doom) => {
        this.#host.trouble = `process ${fields.pid} was killed and is not gone`;
        this.publish('hostNotGone', fields);
        this.evidence.notGone(fields, doom);
      },
    };
  }

  deadlock(call: HostCall, elapsedMs: number, limitMs: number): void {
    const type = call.resource === null ? '' : this.#owner.typeOf(call.resource);
    this.publish('deadlock', { type, call: call.method, elapsedMs: Math.round(elapsedMs), limitMs: Math.round(limitMs) }, call.resource);
  }

  #answered({ resource, method }: HostCall, elapsedMs: number, outcome: string): void {
    const type = resource === null ? null : this.#owner.typeOf(resource);
    this.#log.debug({ host: this.#host.hostId, type, resource, call: method, outcome, elapsedMs }, 'call answered');
    if (elapsedMs > SLOW_CALL_MS) this.publish('callSlow', { call: method, elapsedMs: Math.round(elapsedMs) }, resource);
  }
}

export function describeDeadlock(call: HostCall, limitMs: number): string {
  const whose = call.resource === null ? '' : ` of "${call.resource}"`;
  return `${call.method}${whose} had no answer within ${Math.round(limitMs)} ms`;
}
