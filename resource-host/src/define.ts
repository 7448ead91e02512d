import { type Concurrency, TYPE_NAME_PATTERN } from '@andon/protocol';
import type { Awaitable, Json, ResourceTypeDefinition, TypeContext } from './definition.ts';
import { type JsonSchema, type PropertySchema, propertyCodec } from './properties.ts';
import { NotSupportedError } from './resource.ts';
import { type EntryPoints, TypedInstance } from './typed-instance.ts';

/** A defined type with its own types hidden, as `runHost` takes it. */
export interface ResourceType {
  readonly name: string;
  readonly description: string;
  readonly jsonSchema: JsonSchema;
  readonly concurrency: Concurrency;
  startup(context: TypeContext): Awaitable<void>;
  typeControl(context: TypeContext, code: string, input: Json): Awaitable<Json | void>;
  createInstance(): EntryPoints;
}

const DEFINED = Symbol.for('andon.resourceType');

/**
 * Defines a resource type. Export it from a module and register that module:
 * `andon type register --name T -- andon-resource-host FILE.ts`. Throws TypeError when `name` is not a type name.
 */
export function defineResourceType<Schema extends PropertySchema = JsonSchema, State = undefined>(
  definition: ResourceTypeDefinition<Schema, State>,
): ResourceType {
  if (!TYPE_NAME_PATTERN.test(definition.name)) {
    throw new TypeError(`resource type name "${definition.name}" is not 1 to 64 of A-Z a-z 0-9 _ - beginning with a letter or digit`);
  }
  const codec = propertyCodec(definition.properties);
  const type: ResourceType = {
    name: definition.name,
    description: definition.description ?? '',
    jsonSchema: codec.jsonSchema,
    concurrency: definition.concurrency ?? 'perResource',
    startup: (context) => definition.startup?.(context),
    typeControl(context, code, input) {
      if (!definition.typeControl) throw new NotSupportedError(code);
      return definition.typeControl(context, code, input);
    },
    createInstance: () => new TypedInstance(definition, codec),
  };
  return Object.assign(type, { [DEFINED]: true });
}

/** Whether `value` came from `defineResourceType`, also from another copy of this package. */
export function isResourceType(value: unknown): value is ResourceType {
  return typeof value === 'object' && value !== null && DEFINED in value;
}
