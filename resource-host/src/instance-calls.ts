import type { EntryPointParams } from '@andon/protocol';
import type { Alive, Json } from './definition.ts';
import type { EventHandleWriter } from './event-handle.ts';
import type { Instance } from './instance.ts';
import type { Operation } from './operation.ts';
import { CallError, type CallFacts, type InMemoryProperties, type LogLevel } from './resource.ts';
import type { SendReport } from './status-reporter.ts';
import type { EntryPoints } from './typed-instance.ts';

/** What an instance needs of its host. */
export interface InstanceServices {
  readonly writer: EventHandleWriter;
  /** Never rejects. */
  readonly statusReport: SendReport;
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
  readonly #inFlight = new Set<AbortController>();

  constructor(instance: Instance, entryPoints: EntryPoints, services: InstanceServices) {
    this.#instance = instance;
    this.#entryPoints = entryPoints;
    this.#services = services;
  }

  /** Aborts the polls and controls in flight. */
  cancel(reason: string): void {
    for (const controller of this.#inFlight) controller.abort(new DOMException(reason, 'AbortError'));
  }

  async alive(call: 'looksAlive' | 'isAlive', incarnation: number, controller: AbortController): Promise<object> {
    const { name, life } = this.#instance;
    if (incarnation !== this.#instance.incarnation) {
      throw new CallError('staleIncarnation', `${name}@${incarnation}: this host has @${this.#instance.incarnation}`);
    }
    if (!this.#instance.isAvailable) return { alive: false, reason: 'it is not online' };
    const check = this.#entryPoints[call];
    if (!check) return life?.failed ? { alive: false, reason: 'it reported a failure' } : { alive: true };
    return aliveResult(await this.#tracked(controller, () => check(this.facts(controller.signal))));
  }

  async control(id: string, params: EntryPointParams<'resourceControl'>, controller: AbortController): Promise<Json | void> {
    const { code, input = null } = params;
    return this.#tracked(controller, () => {
      const extendControl = (ms: number): Promise<boolean> => this.#services.extendControl(id, ms);
      return this.#entryPoints.control({ ...this.facts(controller.signal), extendControl }, code, input);
    });
  }

  facts(signal: AbortSignal, operation?: Operation): CallFacts {
    const { name, life, incarnation } = this.#instance;
    return {
      name,
      incarnation,
      signal,
      eventHandle: life?.eventHandle ?? '',
      failureRecord: life?.failureRecord ?? name,
      clearHang: life?.clearHang ?? false,
      fail(reason) {
        if (!life) throw new CallError('invalidState', `${name} was never online; it cannot fail (${reason})`);
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

  async #tracked<Result>(controller: AbortController, call: () => Promise<Result>): Promise<Result> {
    this.#inFlight.add(controller);
    try {
      return await call();
    } finally {
      this.#inFlight.delete(controller);
    }
  }
}

function aliveResult(answered: Alive): object {
  if (typeof answered === 'boolean') return { alive: answered };
  if (typeof answered?.alive !== 'boolean') {
    throw new TypeError(`the check returned ${JSON.stringify(answered)}; return true, false or {alive, reason}`);
  }
  return {
    alive: answered.alive,
    ...(typeof answered.reason === 'string' ? { reason: answered.reason } : {}),
  };
}
