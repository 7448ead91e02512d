import { AsyncLocalStorage } from 'node:async_hooks';
import { ENTRY_POINTS, type EntryPoint, type Request } from '@andon/protocol';
import type { z } from 'zod';
import { type CallKind, CallOrder } from './call-order.ts';
import type { TypeContext } from './definition.ts';
import type { ResourceType } from './define.ts';
import { Instance } from './instance.ts';
import type { InstanceServices } from './instance-calls.ts';
import { type Answer, wireErrorOf } from './operation.ts';
import { describeIssues } from './properties.ts';
import { CallError } from './resource.ts';

/** One entry point: what its parameters are, in whose turn it runs, and what it does. */
interface Handler {
  run(request: Request): Promise<Answer>;
}

/** Answers every request of the daemon: finds the resource, waits for its turn, and turns whatever is thrown into an error. */
export class Calls {
  readonly instances = new Map<string, Instance>();
  readonly #types: ReadonlyMap<string, ResourceType>;
  readonly #services: InstanceServices;
  readonly #order: CallOrder;
  /** The resource on whose behalf code runs; tells whose callback threw. */
  readonly #onBehalfOf = new AsyncLocalStorage<Instance>();
  readonly #typeCalls = new Map<string, AbortController>();
  readonly #handlers: Readonly<Record<EntryPoint, Handler>>;

  constructor(types: readonly ResourceType[], services: InstanceServices) {
    this.#types = new Map(types.map((type) => [type.name, type]));
    this.#services = services;
    this.#order = new CallOrder(
      types.some((type) => type.concurrency === 'serial') ? 'serial' : 'perResource',
    );
    this.#handlers = this.#makeHandlers();
  }

  /** Never rejects. */
  async answer(request: Request): Promise<Answer> {
    try {
      const handler = Object.entries(this.#handlers).find(([method]) => method === request.method)?.[1];
      if (!handler) throw new CallError('notSupported', `this host knows no method "${request.method}"`);
      return await handler.run(request);
    } catch (error) {
      return { ok: false, error: wireErrorOf(error) };
    }
  }

  /** The instance whose code runs now. */
  current(): Instance | undefined {
    return this.#onBehalfOf.getStore();
  }

  cancel(id: string, reason: string): void {
    this.#typeCalls.get(id)?.abort(new DOMException(reason, 'AbortError'));
    for (const instance of this.instances.values()) instance.cancel(id, reason);
  }

  /** The daemon that asked is gone, so nobody waits for a poll or a control any more. Operations go on. */
  cancelUnanswerable(): void {
    for (const instance of this.instances.values()) instance.calls.cancel('the daemon is gone');
  }

  #makeHandlers(): Record<EntryPoint, Handler> {
    const ordinary = 'ordinary';
    return {
      ping: { run: async () => ({ ok: true, result: {} }) },
      startup: this.#handler(ENTRY_POINTS.startup.params, async ({ types }) =>
        result(await this.#startup(types)),
      ),
      open: this.#handler(ENTRY_POINTS.open.params, (params) =>
        this.#order.run(params.resourceId, 'exclusive', async () =>
          result({ found: await this.#open(params) }),
        ),
      ),
      close: this.#handler(ENTRY_POINTS.close.params, ({ resourceId }) =>
        this.#order.run(resourceId, 'exclusive', async () => result(await this.#close(resourceId))),
      ),
      online: this.#onInstance(ENTRY_POINTS.online.params, ordinary, (at, params, id) =>
        at.online(id, params),
      ),
      offline: this.#onInstance(ENTRY_POINTS.offline.params, ordinary, (at, params, id) =>
        at.offline(id, params),
      ),
      terminate: this.#onInstance(ENTRY_POINTS.terminate.params, 'terminate', (at, params, id) =>
        at.terminate(id, params),
      ),
      looksAlive: this.#onInstance(
        ENTRY_POINTS.looksAlive.params,
        ordinary,
        async (at, { incarnation }, id) => result(await at.calls.alive(id, 'looksAlive', incarnation)),
      ),
      isAlive: this.#onInstance(ENTRY_POINTS.isAlive.params, ordinary, async (at, { incarnation }, id) =>
        result(await at.calls.alive(id, 'isAlive', incarnation)),
      ),
      resourceControl: this.#onInstance(
        ENTRY_POINTS.resourceControl.params,
        ordinary,
        async (at, params, id) => result(await at.calls.control(id, params)),
      ),
      resourceTypeControl: this.#handler(
        ENTRY_POINTS.resourceTypeControl.params,
        ({ type, code, input = null }, id) =>
          this.#order.run(`type ${type}`, ordinary, async () => {
            const output = await this.#typeCall(id, type, (found, context) =>
              found.typeControl(context, code, input),
            );
            return result(output === undefined ? {} : { output });
          }),
      ),
    };
  }

  #handler<Schema extends z.ZodType>(
    schema: Schema,
    act: (params: z.output<Schema>, id: string) => Promise<Answer>,
  ): Handler {
    return {
      async run({ id, method, params }) {
        const parsed = schema.safeParse(params);
        if (!parsed.success)
          throw new CallError('invalidParams', `${method}: ${describeIssues(parsed.error)}`);
        return act(parsed.data, id);
      },
    };
  }

  #onInstance<Schema extends z.ZodType<{ readonly resourceId: string }>>(
    schema: Schema,
    kind: CallKind,
    act: (instance: Instance, params: z.output<Schema>, id: string) => Promise<Answer>,
  ): Handler {
    return this.#handler(schema, (params, id) =>
      this.#order.run(params.resourceId, kind, async () => {
        const instance = this.#find(params.resourceId);
        return this.#onBehalfOf.run(instance, () => act(instance, params, id));
      }),
    );
  }

  #find(resourceId: string): Instance {
    const instance = this.instances.get(resourceId);
    if (!instance)
      throw new CallError('unknownResource', `resource "${resourceId}" is not open in this host`);
    return instance;
  }

  async #startup(types: readonly string[]): Promise<object> {
    await this.#order.run('', 'exclusive', async () => {
      for (const name of types) await this.#typeCall('', name, (type, context) => type.startup(context));
    });
    return { resourceTypes: [...this.#types.keys()] };
  }

  async #open({
    resourceId,
    type,
    properties,
    recover,
  }: z.output<typeof ENTRY_POINTS.open.params>): Promise<string> {
    const former = this.instances.get(resourceId);
    if (former) await this.#onBehalfOf.run(former, () => former.close());
    const instance = new Instance(resourceId, type, this.#type(type).createInstance(), this.#services);
    const found = await this.#onBehalfOf.run(instance, () => instance.open(properties, recover));
    this.instances.set(resourceId, instance);
    return found;
  }

  async #close(resourceId: string): Promise<object> {
    const instance = this.#find(resourceId);
    await this.#onBehalfOf.run(instance, () => instance.close());
    this.instances.delete(resourceId);
    this.#services.forget(resourceId);
    return {};
  }

  #type(name: string): ResourceType {
    const type = this.#types.get(name);
    if (type) return type;
    const known = [...this.#types.keys()].map((known) => `"${known}"`).join(', ');
    throw new CallError(
      'invalidParams',
      `this host has no type "${name}"; it has ${known}. Register it under that name.`,
    );
  }

  async #typeCall<Result>(
    id: string,
    name: string,
    call: (type: ResourceType, context: TypeContext) => Result | Promise<Result>,
  ): Promise<Result> {
    const controller = new AbortController();
    this.#typeCalls.set(id, controller);
    try {
      const log: TypeContext['log'] = (level, text) => this.#services.log(level, text);
      return await call(this.#type(name), { signal: controller.signal, log });
    } finally {
      this.#typeCalls.delete(id);
    }
  }
}

function result(value: object): Answer {
  return { ok: true, result: value };
}
