import { AsyncLocalStorage } from 'node:async_hooks';
import type { Concurrency, EntryPointParams } from '@andon/protocol';
import type { Json, TypeContext } from './definition.ts';
import type { ResourceType } from './define.ts';
import { Instance } from './instance.ts';
import type { InstanceServices } from './instance-calls.ts';
import { CallError } from './resource.ts';

/** The types and the open resources of this host. */
export class HostedResources {
  /** Serial as soon as one of the types is. */
  readonly concurrency: Concurrency;
  readonly #types: ReadonlyMap<string, ResourceType>;
  readonly #instances = new Map<string, Instance>();
  readonly #services: InstanceServices;
  /** The resource on whose behalf code runs, also in callbacks that it left behind. */
  readonly #onBehalfOf = new AsyncLocalStorage<Instance>();

  constructor(types: readonly ResourceType[], services: InstanceServices) {
    this.concurrency = types.some((type) => type.concurrency === 'serial') ? 'serial' : 'perResource';
    this.#types = new Map(types.map((type) => [type.name, type]));
    this.#services = services;
  }

  all(): Iterable<Instance> {
    return this.#instances.values();
  }

  /** The instance whose code runs now. */
  current(): Instance | undefined {
    return this.#onBehalfOf.getStore();
  }

  find(resourceId: string): Instance | undefined {
    return this.#instances.get(resourceId);
  }

  /** Runs `work` in the name of this resource. Throws `unknownResource`. */
  act<Result>(resourceId: string, work: (instance: Instance) => Promise<Result>): Promise<Result> {
    const instance = this.#instances.get(resourceId);
    if (!instance) throw new CallError('unknownResource', `resource "${resourceId}" is not open in this host`);
    return this.#onBehalfOf.run(instance, () => work(instance));
  }

  async startup(names: readonly string[], signal: AbortSignal): Promise<object> {
    for (const name of names) await this.#type(name).startup(this.#context(signal));
    return { resourceTypes: [...this.#types.keys()] };
  }

  async typeControl(params: EntryPointParams<'resourceTypeControl'>, signal: AbortSignal): Promise<Json | void> {
    const { type, code, input = null } = params;
    return this.#type(type).typeControl(this.#context(signal), code, input);
  }

  async open({ resourceId, type, properties, recover }: EntryPointParams<'open'>): Promise<object> {
    // The answer to an earlier open was lost; what it made has never been used.
    if (this.#instances.has(resourceId)) await this.close(resourceId);
    const instance = new Instance(resourceId, type, this.#type(type).createInstance(), this.#services);
    const found = await this.#onBehalfOf.run(instance, () => instance.open(properties, recover));
    this.#instances.set(resourceId, instance);
    return { found };
  }

  /** What is not open here is closed already. */
  async close(resourceId: string): Promise<object> {
    if (!this.#instances.has(resourceId)) return {};
    await this.act(resourceId, (instance) => instance.close());
    this.#instances.delete(resourceId);
    this.#services.forget(resourceId);
    return {};
  }

  #type(name: string): ResourceType {
    const type = this.#types.get(name);
    if (type) return type;
    const known = [...this.#types.keys()].map((known) => `"${known}"`).join(', ');
    throw new CallError('invalidParams', `this host has no type "${name}"; it has ${known}`);
  }

  #context(signal: AbortSignal): TypeContext {
    return { signal, log: (level, text) => this.#services.log(level, text) };
  }
}
