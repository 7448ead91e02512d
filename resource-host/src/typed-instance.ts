import type { Contract } from '@andon/protocol';
import type { Alive, Json, ResourceTypeDefinition } from './definition.ts';
import type { PropertiesOf, PropertyCodec, PropertySchema } from './properties.ts';
import {
  CallError,
  type CallFacts,
  type ControlledResource,
  type EndingCause,
  type InMemoryProperties,
  type LogLevel,
  NotSupportedError,
  type OpeningResource,
  type Progress,
  type Resource,
} from './resource.ts';

/** The entry points of one resource with its types hidden. Any of them may throw or reject with whatever the author threw. */
export interface EntryPoints {
  open(facts: CallFacts, properties: unknown, recover: boolean): Promise<'nothing' | 'running'>;
  online(facts: CallFacts, properties: unknown): Promise<Contract>;
  offline(facts: CallFacts, why: EndingCause): Promise<void>;
  terminate(facts: CallFacts, why: EndingCause): Promise<void>;
  /** Undefined: the author wrote no such check. */
  readonly looksAlive: ((facts: CallFacts) => Promise<Alive>) | undefined;
  readonly isAlive: ((facts: CallFacts) => Promise<Alive>) | undefined;
  control(facts: ControlFacts, code: string, input: Json): Promise<Json | void>;
  close(facts: CallFacts): Promise<void>;
}

export interface ControlFacts extends CallFacts {
  extendControl(ms: number): Promise<boolean>;
}

/** Holds what is typed by the author: the properties taken at online, and the state that `open` returned. */
export class TypedInstance<Schema extends PropertySchema, State> implements EntryPoints {
  readonly #definition: ResourceTypeDefinition<Schema, State>;
  readonly #codec: PropertyCodec<PropertiesOf<Schema>>;
  #properties: { readonly values: PropertiesOf<Schema> } | undefined;
  #state: { value: State } | undefined;
  readonly looksAlive: EntryPoints['looksAlive'];
  readonly isAlive: EntryPoints['isAlive'];

  constructor(definition: ResourceTypeDefinition<Schema, State>, codec: PropertyCodec<PropertiesOf<Schema>>) {
    this.#definition = definition;
    this.#codec = codec;
    this.looksAlive = definition.looksAlive && (async (facts) => definition.looksAlive?.(this.#resource(facts)) ?? true);
    this.isAlive = definition.isAlive && (async (facts) => definition.isAlive?.(this.#resource(facts)) ?? true);
  }

  async open(facts: CallFacts, properties: unknown, recover: boolean): Promise<'nothing' | 'running'> {
    const values = this.#parse(properties);
    let found: 'nothing' | 'running' = 'nothing';
    const resource: OpeningResource<PropertiesOf<Schema>> = {
      name: facts.name,
      signal: facts.signal,
      properties: values,
      recover,
      setProperties: facts.setProperties,
      log: facts.log,
      foundRunning() {
        found = 'running';
      },
    };
    if (this.#definition.open) this.#state = { value: await this.#definition.open(resource) };
    return found;
  }

  async online(facts: CallFacts, properties: unknown): Promise<Contract> {
    this.#parse(properties);
    return this.#definition.online(this.#resource(facts));
  }

  async offline(facts: CallFacts, why: EndingCause): Promise<void> {
    await this.#definition.offline(this.#resource(facts), why);
  }

  async terminate(facts: CallFacts, why: EndingCause): Promise<void> {
    await this.#definition.terminate(this.#resource(facts), why);
  }

  async control(facts: ControlFacts, code: string, input: Json): Promise<Json | void> {
    if (!this.#definition.control) throw new NotSupportedError(code);
    return this.#definition.control(this.#controlled(facts), code, input);
  }

  async close(facts: CallFacts): Promise<void> {
    await this.#definition.close?.(this.#resource(facts));
  }

  #parse(properties: unknown): PropertiesOf<Schema> {
    const parsed = this.#codec.parse(properties);
    if (!parsed.ok) throw new CallError('invalidParams', parsed.problem);
    this.#properties = { values: parsed.values };
    return parsed.values;
  }

  #resource(facts: CallFacts): Resource<PropertiesOf<Schema>, State> {
    return new AuthorsResource(facts, this.#copyOfProperties(), this.#stateSlot);
  }

  #controlled(facts: ControlFacts): ControlledResource<PropertiesOf<Schema>, State> {
    return Object.assign(new AuthorsResource(facts, this.#copyOfProperties(), this.#stateSlot), {
      extendControl: (ms: number) => facts.extendControl(ms),
    });
  }

  #copyOfProperties(): PropertiesOf<Schema> {
    if (!this.#properties) throw new CallError('invalidState', 'the resource was never opened');
    return this.#properties.values;
  }

  readonly #stateSlot: StateSlot<State> = {
    read: () => {
      if (this.#state) return this.#state.value;
      throw new TypeError(`type "${this.#definition.name}" has no open, so its resources have no state`);
    },
    write: (value) => {
      this.#state = { value };
    },
  };
}

interface StateSlot<State> {
  read(): State;
  write(value: State): void;
}

/** What the author holds. It may outlive its call: a watcher keeps the one of `online` and calls `fail` on it later. */
class AuthorsResource<Properties, State> implements Resource<Properties, State> {
  readonly #facts: CallFacts;
  readonly #slot: StateSlot<State>;
  readonly name: string;
  readonly incarnation: number;
  readonly properties: Properties;
  readonly signal: AbortSignal;
  readonly eventHandle: string;
  readonly failureRecord: string;
  readonly clearHang: boolean;

  constructor(facts: CallFacts, properties: Properties, slot: StateSlot<State>) {
    this.#facts = facts;
    this.#slot = slot;
    this.name = facts.name;
    this.incarnation = facts.incarnation;
    this.properties = properties;
    this.signal = facts.signal;
    this.eventHandle = facts.eventHandle;
    this.failureRecord = facts.failureRecord;
    this.clearHang = facts.clearHang;
  }

  get state(): State {
    return this.#slot.read();
  }

  set state(value: State) {
    this.#slot.write(value);
  }

  // Properties rather than methods, so that `const { fail } = resource` works.
  readonly fail = (reason: string): void => this.#facts.fail(reason);
  readonly statusReport = (progress?: Progress): Promise<'continue' | 'terminate'> => this.#facts.statusReport(progress);
  readonly setProperties = (values: InMemoryProperties): void => this.#facts.setProperties(values);
  readonly log = (level: LogLevel, text: string): void => this.#facts.log(level, text);
}
