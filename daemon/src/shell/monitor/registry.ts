import {
  AndonError,
  type GroupDefinition,
  parseExpression,
  type PrivateProperties,
  type ResourceDefinition,
  suggestion,
  type TypeDefinition,
} from '@andon/protocol';
import { z } from 'zod';
import { DependencyGraph } from '../../core/dependencies/graph.ts';
import { hostIdFor } from '../hosts/host-id.ts';
import { type ManagedResource, newResource } from './managed-resource.ts';
import { Sources } from './sources.ts';

/** All that is configured, by name; a name that is not there is an error that says what is. */
export class Registry {
  readonly types = new Map<string, TypeDefinition>();
  readonly groups = new Map<string, GroupDefinition>();
  readonly resources = new Map<string, ManagedResource>();
  readonly dependencies = new DependencyGraph();
  readonly sources = new Sources();
  readonly #builtIn: ReadonlySet<string>;
  /** Of names that were removed: a record that was written for the old resource must not mean the new one. */
  readonly #lastIncarnations = new Map<string, number>();
  readonly #schemas = new WeakMap<TypeDefinition, z.ZodType>();

  constructor(builtIn: readonly TypeDefinition[]) {
    this.#builtIn = new Set(builtIn.map((type) => type.name));
    for (const type of builtIn) this.types.set(type.name, type);
  }

  isBuiltIn(name: string): boolean {
    return this.#builtIn.has(name);
  }

  type(name: string): TypeDefinition {
    const type = this.types.get(name);
    if (!type) throw new AndonError('unknownType', { name, suggestion: suggestion(name, this.types.keys()) });
    return type;
  }

  resource(name: string): ManagedResource {
    const resource = this.resources.get(name);
    if (!resource) throw new AndonError('unknownResource', { name, suggestion: suggestion(name, this.resources.keys()) });
    return resource;
  }

  group(name: string): GroupDefinition {
    const group = this.groups.get(name);
    if (!group) throw new AndonError('unknownGroup', { name, suggestion: suggestion(name, this.groups.keys()) });
    return group;
  }

  /** Makes a definition live that was checked before. */
  add(definition: ResourceDefinition): ManagedResource {
    const resource = newResource(definition, this.type(definition.type), '');
    resource.hostId = this.hostIdOf(resource);
    resource.instance = { ...resource.instance, incarnation: this.#lastIncarnations.get(definition.name) ?? 0 };
    this.resources.set(definition.name, resource);
    const parsed = parseExpression(definition.dependsOn);
    this.dependencies.set(definition.name, parsed.ok ? parsed.expression : { kind: 'none' });
    return resource;
  }

  remove(name: string): void {
    const removed = this.resources.get(name);
    if (removed) this.beginAbove(name, removed.instance.incarnation);
    this.resources.delete(name);
    this.sources.set('resource', name, null);
    this.dependencies.remove(name);
  }

  /** A resource of this name begins above this incarnation from now on. */
  beginAbove(name: string, incarnation: number): void {
    if (incarnation > 0) this.#lastIncarnations.set(name, incarnation);
    const resource = this.resources.get(name);
    if (resource && resource.instance.incarnation < incarnation) resource.instance = { ...resource.instance, incarnation };
  }

  /** Which host serves it at its next start there. */
  hostIdOf({ name, definition, separated }: ManagedResource): string {
    const type = this.type(definition.type);
    return hostIdFor(type, name, separated || definition.properties.SeparateMonitor, this.isBuiltIn(type.name));
  }

  resourcesOfHost(hostId: string): readonly string[] {
    const names: string[] = [];
    for (const resource of this.resources.values()) if (resource.hostId === hostId) names.push(resource.name);
    return names;
  }

  resourcesOfType(type: string): readonly string[] {
    return this.#namesWhere((definition) => definition.type === type);
  }

  resourcesOfGroup(group: string): readonly string[] {
    return this.#namesWhere((definition) => definition.group === group);
  }

  /** Refuses private properties that the type's schema does not allow; nothing is stored then. */
  checkPrivateProperties(resource: string, type: TypeDefinition, properties: PrivateProperties): void {
    const schema = this.#schemaOf(type);
    const parsed = schema && within(type, () => schema.safeParse(properties));
    const issue = parsed?.error?.issues[0];
    if (!issue) return;
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
    const property = unknown ?? (issue.path.join('.') || '(all)');
    const detail = unknown ? `is unknown to type "${type.name}"` : detailOf(issue);
    const hint = `See what it takes with: andon type show ${type.name}`;
    const path = ['set', ...issue.path.map(String), ...(unknown === undefined ? [] : [unknown])];
    throw new AndonError(
      'invalidProperty',
      { what: 'Resource', name: resource, property: `"${property}"`, detail, hint },
      { subject: { what: 'resource', name: resource, path } },
    );
  }

  #schemaOf(type: TypeDefinition): z.ZodType | undefined {
    if (!type.jsonSchema) return undefined;
    const known = this.#schemas.get(type);
    if (known) return known;
    const schema = schemaFrom(type);
    this.#schemas.set(type, schema);
    return schema;
  }

  #namesWhere(matches: (definition: ResourceDefinition) => boolean): readonly string[] {
    return [...this.resources.values()].filter(({ definition }) => matches(definition)).map(({ name }) => name);
  }
}

function detailOf(issue: z.core.$ZodIssue): string {
  const isMissing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return isMissing ? `is missing: it takes a ${issue.expected}` : `is refused: ${issue.message}`;
}

/** Reads a type's JSON Schema; one that cannot be read, or applied to nothing at all, is refused when the type is registered. */
export function schemaFrom(type: TypeDefinition): z.ZodType {
  return within(type, () => {
    const schema = z.fromJSONSchema(type.jsonSchema as z.core.JSONSchema.JSONSchema);
    schema.safeParse({});
    return schema;
  });
}

/** What a schema of somebody else makes of it is their mistake; a `$ref` to itself, for one, never ends. */
function within<Outcome>(type: TypeDefinition, use: () => Outcome): Outcome {
  try {
    return use();
  } catch (error) {
    const isEndless = error instanceof RangeError;
    const detail = isEndless ? 'refers to itself without end' : `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    const hint = 'Give a JSON Schema of an object whose properties are the private properties.';
    throw new AndonError(
      'invalidProperty',
      { what: 'Type', name: type.name, property: 'jsonSchema', detail, hint },
      { cause: error, subject: { what: 'type', name: type.name, path: ['json-schema'] } },
    );
  }
}
