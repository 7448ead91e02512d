import type { EntryPointParams, StatusReport } from '@andon/protocol';
import type { Alive } from './definition.ts';
import type { EventHandleWriter } from './event-handle.ts';
import type { Instance } from './instance.ts';
import type { Operation } from './operation.ts';
import { CallError, type CallFacts, type InMemoryProperties, type LogLevel } from './resource.ts';
import type { EntryPoints } from './typed-instance.ts';

/** What an instance needs of its host. */
export interface InstanceServices {
  readonly writer: EventHandleWriter;
  /** Never rejects: without a daemon the answer is `continue`. */
  statusReport(report: StatusReport): Promise<'continue' | 'terminate'>;
  /** Never rejects; false = refused or no daemon. */
  extendControl(callId: string, ms: number): Promise<boolean>;
  setProperties(resource: string, values: InMemoryProperties): void;
  log(level: LogLevel, text: string, resource?: string): void;
  /** The resource was closed. */
  forget(resource: string): void;
  nextSequence(): number;
}

/** The calls of one instance that are neither online, offline nor terminate, and what every call is told. */
export class InstanceCalls {
  readonly #instance: Instance;
  readonly #entryPoints: EntryPoints;
  readonly #services: InstanceServices;
  readonly #inFlight = new Map<string, AbortController>();

  constructor(instance: Instance, entryPoints: EntryPoints, services: InstanceServices) {
    this.#instance = instance;
    this.#entryPoints = entryPoints;
    this.#services = services;
  }

  /** Aborts the polls and controls in flight: all, or the one of this id. */
  cancel(reason: string, id?: string): void {
    for (const [callId, controller] of this.#inFlight) {
      if (id === undefined || callId === id) controller.abort(new DOMException(reason, 'AbortError'));
    }
  }

  async alive(id: string, call: 'looksAlive' | 'isAlive', incarnation: number): Promise<object> {
    const { name, life } = this.#instance;
    if (incarnation !== this.#instance.incarnation) {
      throw new CallError(
        'staleIncarnation',
        `${name}@${incarnation}: this host has @${this.#instance.incarnation}`,
      );
    }
    if (!this.#instance.isAvailable) return { alive: false, reason: 'it is not online' };
    const check = this.#entryPoints[call];
    if (!check) return life?.failed ? { alive: false, reason: 'it reported a failure' } : { alive: true };
    return aliveResult(await this.#tracked(id, (signal) => check(this.facts(signal))));
  }

  async control(id: string, params: EntryPointParams<'resourceControl'>): Promise<object> {
    const { code, input = null } = params;
    const output = await this.#tracked(id, (signal) => {
      const extendControl = (ms: number): Promise<boolean> => this.#services.extendControl(id, ms);
      return this.#entryPoints.control({ ...this.facts(signal), extendControl }, code, input);
    });
    return output === undefined ? {} : { output };
  }

  facts(signal: AbortSignal, operation?: Operation): CallFacts {
    const { name, life, incarnation } = this.#instance;
    return {
      name,
      incarnation,
      signal,
      eventHandle: life?.eventHandle ?? '',
      failureRecord: life?.failureRecord ?? name,
      fail(reason) {
        if (!life)
          throw new CallError('invalidState', `${name} was never online, so it cannot fail ("${reason}")`);
        life.fail(reason);
      },
      async statusReport(progress = {}) {
        if (!operation || operation.answer) return life?.signal.aborted ? 'terminate' : 'continue';
        return operation.report(progress);
      },
      setProperties: (values) => this.#services.setProperties(name, values),
      log: (level, text) => this.#services.log(level, text, name),
    };
  }

  async #tracked<Result>(id: string, call: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const controller = new AbortController();
    this.#inFlight.set(id, controller);
    try {
      return await call(controller.signal);
    } finally {
      this.#inFlight.delete(id);
    }
  }
}

function aliveResult(answered: Alive): object {
  if (typeof answered === 'boolean') return { alive: answered };
  if (typeof answered?.alive !== 'boolean') {
    throw new TypeError(
      `the check returned ${JSON.stringify(answered)}; return true, false or {alive, reason}`,
    );
  }
  return { alive: answered.alive, ...(answered.reason === undefined ? {} : { reason: answered.reason }) };
}
