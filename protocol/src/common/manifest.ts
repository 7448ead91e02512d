import { z } from 'zod';
import { PrivateProperties } from './entry-points.ts';
import { GroupName, ResourceName, TypeName } from './names.ts';
import { ResourceProperties, TypeProperties } from './properties.ts';

/** A resource type as it is registered: a name, and the command that starts its host. */
export const TypeDefinition = z.strictObject({
  name: TypeName,
  description: z.string().max(1024).default(''),
  /** The host's command and arguments; the first is an absolute path or a name looked up in PATH at registration. */
  command: z.array(z.string()).min(1),
  cwd: z.string().optional(),
  env: z.record(z.string(), z.string()).default({}),
  /** JSON Schema of the private properties of its resources. */
  jsonSchema: z.record(z.string(), z.json()).optional(),
  properties: TypeProperties.prefault({}),
});
export type TypeDefinition = z.infer<typeof TypeDefinition>;

/** One configured resource. */
export const ResourceDefinition = z.strictObject({
  name: ResourceName,
  type: TypeName,
  group: GroupName.nullable().default(null),
  /** `[a] and ([b] or [c])`; empty = none. */
  dependsOn: z.string().default(''),
  set: PrivateProperties.default({}),
  properties: ResourceProperties.prefault({}),
});
export type ResourceDefinition = z.infer<typeof ResourceDefinition>;

export const GroupDefinition = z.strictObject({ name: GroupName, description: z.string().max(1024).default('') });
export type GroupDefinition = z.infer<typeof GroupDefinition>;

/** What `apply` reads and `export` writes: `[type]` or `[[type]]`, `[[group]]`, `[[resource]]`. */
const tomlType = z.strictObject({
  name: TypeName,
  description: z.string().optional(),
  command: z.array(z.string()).min(1),
  cwd: z.string().optional(),
  env: z.record(z.string(), z.string()).optional(),
  'json-schema': z.union([z.string(), z.record(z.string(), z.json())]).optional(),
  property: z.record(z.string(), z.json()).optional(),
});
const tomlResource = z.strictObject({
  name: ResourceName,
  type: TypeName,
  group: GroupName.optional(),
  'depends-on': z.string().optional(),
  'separate-monitor': z.boolean().optional(),
  set: PrivateProperties.optional(),
  property: z.record(z.string(), z.json()).optional(),
});
export const Manifest = z.strictObject({
  type: z.union([tomlType.transform((type) => [type]), z.array(tomlType)]).optional(),
  group: z.array(z.strictObject({ name: GroupName, description: z.string().optional() })).optional(),
  resource: z.array(tomlResource).optional(),
});
export type Manifest = z.infer<typeof Manifest>;

/** Everything that can be configured, in the daemon's words. */
export const Configuration = z.strictObject({
  types: z.array(TypeDefinition),
  groups: z.array(GroupDefinition),
  resources: z.array(ResourceDefinition),
});
export type Configuration = z.infer<typeof Configuration>;
