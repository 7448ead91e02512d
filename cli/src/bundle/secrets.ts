import type { Configuration, ResourceDefinition, TypeDefinition } from '@andon/protocol';
import { isRecord } from '@andon/protocol/json';

/** What stands in place of a value that was left out. */
export const LEFT_OUT = '(left out)';

/** Names that are given to secrets. Rather a harmless value too many left out than a password in a bug report. */
const SECRET_NAME = /pass|pwd|secret|token|key|credential|auth|cookie|dsn|salt|signature|private/i;
const ENVIRONMENT_NAME = /^env(ironment)?$/i;
/** `--token=abc`, `TOKEN=abc`; the name alone means that the value is the next word. */
const ASSIGNMENT = /^(-{0,2}[\w.-]+)=(.*)$/s;
const LONGEST_NESTING = 20;

type Schema = Readonly<Record<string, unknown>>;

/** Learns what is secret while it takes it out of a configuration. */
export class SecretFinder {
  /** Every value that was left out, as text. */
  readonly values = new Set<string>();

  configuration({ types, groups, resources, online }: Configuration): Configuration {
    const schemas = new Map(types.map(({ name, jsonSchema }) => [String(name), jsonSchema]));
    return {
      types: types.map((type) => this.#type(type)),
      groups,
      resources: resources.map((resource) => this.#resource(resource, schemas.get(resource.type))),
      online,
    };
  }

  learn(value: unknown): typeof LEFT_OUT {
    if (typeof value === 'string' || typeof value === 'number') this.values.add(String(value));
    else if (Array.isArray(value)) for (const member of value) this.learn(member);
    else if (isRecord(value)) for (const member of Object.values(value)) this.learn(member);
    return LEFT_OUT;
  }

  /** The words of a command line, with what is given to `--password` and its like left out. */
  words(words: readonly string[]): string[] {
    let isNext = false;
    return words.map((word) => {
      const isValue = isNext && !word.startsWith('-');
      const [, name = '', value = ''] = ASSIGNMENT.exec(word) ?? [];
      isNext = name === '' && word.startsWith('-') && SECRET_NAME.test(word);
      if (isValue) return this.learn(word);
      return name !== '' && SECRET_NAME.test(name) ? `${name}=${this.learn(value)}` : word;
    });
  }

  #type(type: TypeDefinition): TypeDefinition {
    const env = Object.fromEntries(Object.entries(type.env).map(([name, value]) => [name, this.learn(value)]));
    const jsonSchema = type.jsonSchema && this.#schema(type.jsonSchema);
    return { ...type, env, command: this.words(type.command), ...(jsonSchema ? { jsonSchema } : {}) };
  }

  /** A secret may have a default, or an example. */
  #schema<T>(schema: Readonly<Record<string, T>>): Record<string, T> {
    const { properties } = schema;
    for (const [name, member] of Object.entries(isRecord(properties) ? properties : {})) {
      if (!isRecord(member) || !(SECRET_NAME.test(name) || isSecretSchema(member))) continue;
      for (const word of ['default', 'const', 'examples', 'enum']) this.learn(member[word]);
    }
    return schema;
  }

  #resource(resource: ResourceDefinition, schema: Schema | undefined): ResourceDefinition {
    const set = this.#members(resource.set, schema, 0);
    return { ...resource, set: Object.fromEntries(Object.entries(set).flatMap(([key, value]) => (isJson(value) ? [[key, value]] : []))) };
  }

  #members(values: Readonly<Record<string, unknown>>, schema: Schema | undefined, depth: number): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(values).map(([key, value]) => {
        const member = memberSchema(schema, key);
        if (SECRET_NAME.test(key) || isSecretSchema(member)) return [key, this.learn(value)];
        if (ENVIRONMENT_NAME.test(key) && isRecord(value)) {
          return [key, Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, this.learn(inner)]))];
        }
        return [key, this.#value(value, member, depth + 1)];
      }),
    );
  }

  #value(value: unknown, schema: Schema | undefined, depth: number): unknown {
    if (depth > LONGEST_NESTING) return this.learn(value);
    if (isSecretSchema(schema)) return this.learn(value);
    if (Array.isArray(value)) {
      if (value.every((member): member is string => typeof member === 'string')) return this.words(value);
      const items = schema?.['items'];
      return value.map((member) => this.#value(member, isRecord(items) ? items : undefined, depth + 1));
    }
    return isRecord(value) ? this.#members(value, schema, depth) : value;
  }
}

/** What the schema says of one member, through `allOf` and its like. */
function memberSchema(schema: Schema | undefined, key: string): Schema | undefined {
  if (!schema) return undefined;
  const { properties, additionalProperties } = schema;
  const own = isRecord(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined;
  if (isRecord(own)) return own;
  for (const branch of branches(schema)) {
    const found = memberSchema(branch, key);
    if (found) return found;
  }
  return isRecord(additionalProperties) ? additionalProperties : undefined;
}

function isSecretSchema(schema: Schema | undefined): boolean {
  if (!schema) return false;
  return schema['writeOnly'] === true || schema['format'] === 'password' || branches(schema).some((branch) => isSecretSchema(branch));
}

function branches(schema: Schema): Schema[] {
  return [schema['allOf'], schema['anyOf'], schema['oneOf']].flatMap((list) => (Array.isArray(list) ? list.filter(isRecord) : []));
}

function isJson(value: unknown): value is ResourceDefinition['set'][string] {
  return value !== undefined;
}
