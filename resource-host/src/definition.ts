import type { Concurrency, Contract } from '@andon/protocol';
import type { z } from 'zod';
import type { PropertiesOf, PropertySchema } from './properties.ts';
import type { ControlledResource, EndingCause, LogLevel, OpeningResource, Resource } from './resource.ts';

export type Json = z.core.util.JSONType;
export type Awaitable<Value> = Value | Promise<Value>;

/** The author's answer to a poll. `false` may be given as `{alive: false, reason}` to say why. */
export type Alive = boolean | { readonly alive: boolean; readonly reason?: string };

/** What `startup` and `typeControl` are given. */
export interface TypeContext {
  readonly signal: AbortSignal;
  log(level: LogLevel, text: string): void;
}

/**
 * A resource type, written down. Calls of one resource never overlap, except that `terminate` may overlap `online`, `offline`,
 * the polls and the controls. A thrown error is the answer to that call and nothing more; it never ends the process.
 */
export interface ResourceTypeDefinition<Schema extends PropertySchema, State> {
  /** 1 to 64 of `A-Z a-z 0-9 _ -`; the name it is registered under. */
  readonly name: string;
  readonly description?: string;
  /** Private properties. Validated before `open` and `online`. Default: none. */
  readonly properties?: Schema;
  /** `serial`: one call at a time in the whole host, whatever the other types of it say. Default `perResource`. */
  readonly concurrency?: Concurrency;
  /** Once in each host, before the first `open`. */
  startup?(context: TypeContext): Awaitable<void>;
  /** Creates the instance and its `state`; must start nothing. */
  open?(resource: OpeningResource<PropertiesOf<Schema>>): Awaitable<State>;
  /**
   * Brings the resource online and answers `event()` or `poll(…)`. May take long: after 100 ms the library reports it as
   * pending. Must give up soon after `resource.signal` is aborted, because terminate waits for it.
   */
  online(resource: Resource<PropertiesOf<Schema>, State>): Awaitable<Contract>;
  /** Takes the resource offline in good order. May take long. Success if there is nothing to stop. */
  offline(resource: Resource<PropertiesOf<Schema>, State>, why: EndingCause): Awaitable<void>;
  /** Ends it at once. Its return means *cleaned up*: nothing of the resource runs any more. */
  terminate(resource: Resource<PropertiesOf<Schema>, State>, why: EndingCause): Awaitable<void>;
  /** Cheap check. Default: true unless it reported a failure. */
  looksAlive?(resource: Resource<PropertiesOf<Schema>, State>): Awaitable<Alive>;
  /** Thorough check. Default: true unless it reported a failure. */
  isAlive?(resource: Resource<PropertiesOf<Schema>, State>): Awaitable<Alive>;
  /** Answers a control code of one resource; throws NotSupportedError for those it does not know. */
  control?(resource: ControlledResource<PropertiesOf<Schema>, State>, code: string, input: Json): Awaitable<Json | void>;
  /** Answers a control code of the type; throws NotSupportedError for those it does not know. */
  typeControl?(context: TypeContext, code: string, input: Json): Awaitable<Json | void>;
  /** Ends the instance. It is offline. */
  close?(resource: Resource<PropertiesOf<Schema>, State>): Awaitable<void>;
}
