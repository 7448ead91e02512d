import { z } from 'zod';
import { PrivateProperties } from './entry-points.ts';
import { GroupName, ResourceName, TypeName } from './names.ts';
import { ResourceProperties, TypeProperties } from './properties.ts';

const MAX_DESCRIPTION_LENGTH = 1024;
/** Text that a file, a command line or an environment can hold. */
const text = z.string().refine((value) => value.isWellFormed(), 'half of a surrogate pair is no Unicode text');

/** A resource type as it is registered: a name, and the command that starts its host. */
export const TypeDefinition = z.strictObject({
  name: TypeName,
  description: text.max(MAX_DESCRIPTION_LENGTH).default(''),
  /** The host's command and arguments; the first is an absolute path or a name looked up in PATH at registration. */
  command: z.array(text).min(1),
  cwd: text.optional(),
  env: z.record(text, text).default({}),
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
  dependsOn: text.default(''),
  set: PrivateProperties.default({}),
  properties: ResourceProperties.prefault({}),
});
export type ResourceDefinition = z.infer<typeof ResourceDefinition>;

export const GroupDefinition = z.strictObject({ name: GroupName, description: text.max(MAX_DESCRIPTION_LENGTH).default('') });
export type GroupDefinition = z.infer<typeof GroupDefinition>;

const description = z.string().max(MAX_DESCRIPTION_LENGTH).optional().meta({ description: 'What it is, in a line.' });
/** TOML has no null. No common property takes the text "null", so that text stands for it, as on the command line. */
const nullText = z.literal('null').transform(() => null);

const TomlType = z.strictObject({
  name: TypeName.meta({ description: 'Name of the type: A-Z a-z 0-9 _ -, up to 64.' }),
  description,
  command: z.array(z.string()).min(1).meta({
    description:
      'Program and arguments that start a host. Relative paths start from the folder of this file; "andon-resource-host FILE.ts" runs a module of defineResourceType.',
  }),
  cwd: z.string().optional().meta({ description: 'Folder to run the host in.' }),
  env: z.record(z.string(), z.string()).optional().meta({ description: 'Environment of the host, besides that of the daemon.' }),
  'json-schema': z
    .union([z.record(z.string(), z.json()), z.string()])
    .optional()
    .meta({
      description: 'JSON Schema of the private properties of its resources: a table, a file, or, from the first "{", its JSON text.',
    }),
  property: TypeProperties.optional().meta({ description: 'Common properties of the type.' }),
});
export type TomlType = z.infer<typeof TomlType>;

const { LooksAlivePollInterval, IsAlivePollInterval, RetryPeriodOnFailure } = ResourceProperties.shape;
const TomlResourceProperties = ResourceProperties.extend({
  LooksAlivePollInterval: z.union([LooksAlivePollInterval.unwrap().unwrap(), nullText]).optional(),
  IsAlivePollInterval: z.union([IsAlivePollInterval.unwrap().unwrap(), nullText]).optional(),
  RetryPeriodOnFailure: z.union([RetryPeriodOnFailure.unwrap().unwrap(), nullText]).default(RetryPeriodOnFailure.parse(undefined)),
});

const TomlResource = z.strictObject({
  name: ResourceName.meta({ description: 'Name of the resource: A-Z a-z 0-9 . _ : -, up to 128.' }),
  type: TypeName.meta({ description: 'The type it is of.' }),
  group: GroupName.optional().meta({ description: 'The group it is in; made with it unless it is there.' }),
  'depends-on': z.string().optional().meta({
    description: 'What must be Online before it: names in brackets, joined by and, or and parentheses, as in "[a] and ([b] or [c])".',
  }),
  'separate-monitor': z.boolean().optional().meta({ description: 'Give it a host process of its own.' }),
  online: z
    .boolean()
    .optional()
    .meta({ description: 'Want it Online when it is created. Afterwards andon online and andon offline decide.' }),
  set: z
    .union([PrivateProperties, z.string()])
    .optional()
    .meta({ description: 'What its type declares: a table or, where TOML cannot say it, its JSON text.' }),
  property: TomlResourceProperties.optional().meta({ description: 'Common properties of the resource.' }),
});
export type TomlResource = z.infer<typeof TomlResource>;

const TomlGroup = z.strictObject({
  name: GroupName.meta({ description: 'Name of the group: A-Z a-z 0-9 . _ : -, up to 128.' }),
  description,
});
const others = {
  group: z.array(TomlGroup).optional().meta({ description: 'Groups of resources.' }),
  resource: z.array(TomlResource).optional().meta({ description: 'Resources.' }),
};

/** What `apply` and `reload` read and `export` writes: `[type]` or `[[type]]`, `[[group]]`, `[[resource]]`. */
export const Manifest = z.strictObject({
  type: z
    .union([z.array(TomlType), TomlType])
    .optional()
    .meta({ description: 'Resource types.' }),
  ...others,
});
/** The same, once a single `[type]` is made a list of one: a complaint about it then needs no alternatives. */
export const ManifestTables = z.strictObject({ type: z.array(TomlType).optional(), ...others });
export type ManifestTables = z.infer<typeof ManifestTables>;

/** Everything that can be configured, in the daemon's words. */
export const Configuration = z.strictObject({
  types: z.array(TypeDefinition),
  groups: z.array(GroupDefinition),
  resources: z.array(ResourceDefinition),
  /** Names of the resources that are wanted Online. `apply` looks at those it creates; the wanted state of others stays. */
  online: z.array(ResourceName).default([]),
});
export type Configuration = z.infer<typeof Configuration>;
