import { stringify } from 'smol-toml';
import type { Configuration } from '../common/manifest.ts';
import { ResourceProperties, TypeProperties } from '../common/properties.ts';
import { isRecord } from '../common/json.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * The configuration as a manifest that `apply` reads. The same configuration gives the same bytes, in whatever order it was made: tables by
 * name, keys by letter, defaults left out.
 */
export function writeManifest({ types, groups, resources, online }: Configuration): string {
  const wanted = new Set<string>(online);
  const tables = {
    type: byName(types).map(typeTable),
    group: byName(groups).map(({ name, description }) => compact({ name, description })),
    resource: byName(resources).map((resource) => resourceTable(resource, wanted.has(resource.name))),
  };
  const text = compact(tables);
  return Object.keys(text).length === 0 ? '' : stringify(text);
}

/** The same as the files of a configuration directory, by their path below it: one a type, one a resource, one for all groups. */
export function manifestFiles({ types, groups, resources, online }: Configuration): ReadonlyMap<string, string> {
  const nothing: Configuration = { types: [], groups: [], resources: [], online };
  const files = new Map<string, string>();
  for (const type of byName(types)) files.set(`types.d/${type.name}.toml`, writeManifest({ ...nothing, types: [type] }));
  // No resource has a name that begins so.
  if (groups.length > 0) files.set('resources.d/_groups.toml', writeManifest({ ...nothing, groups }));
  for (const resource of byName(resources)) {
    files.set(`resources.d/${resource.name}.toml`, writeManifest({ ...nothing, resources: [resource] }));
  }
  return files;
}

function typeTable({ name, description, command, cwd, env, jsonSchema, properties }: Configuration['types'][number]): Values {
  return compact({
    name,
    description,
    command,
    cwd,
    env: sorted(env),
    'json-schema': jsonSchema === undefined ? undefined : schemaOrText(jsonSchema),
    property: sorted(withoutDefaults(properties, TypeProperties.parse({}))),
  });
}

function resourceTable({ name, type, group, dependsOn, set, properties }: Configuration['resources'][number], online: boolean): Values {
  return compact({
    name,
    type,
    group,
    'depends-on': dependsOn,
    online: online ? true : undefined,
    set: tableOrText(set),
    property: sorted(nullsAsText(withoutDefaults(properties, ResourceProperties.parse({})))),
  });
}

/** An empty schema is one: left out, the host would be asked for its own. */
function schemaOrText(schema: Values): Values | string {
  return isEmpty(schema) ? '{}' : tableOrText(schema);
}

/** TOML has no null and no text that is not Unicode; what holds one is written as its JSON text, which is read again. */
function tableOrText(value: Values): Values | string {
  const ordered = sorted(value);
  return fitsToml(ordered) ? ordered : JSON.stringify(ordered);
}

function fitsToml(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (Array.isArray(value)) return value.every(fitsToml);
  if (isRecord(value)) return Object.entries(value).every(([key, inner]) => key.isWellFormed() && fitsToml(inner));
  return value !== null;
}

/** Without what is empty: absent means the same. */
function compact(table: Values): Values {
  return Object.fromEntries(Object.entries(table).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function byName<T extends { readonly name: string }>(tables: readonly T[]): readonly T[] {
  return tables.toSorted((a, b) => compare(a.name, b.name));
}

/** By code unit and not by locale: the same bytes on every machine. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function sorted(value: Values): Values {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .toSorted(([a], [b]) => compare(a, b))
      .map(([key, inner]) => [key, sortedValue(inner)]),
  );
}

function sortedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedValue);
  return isRecord(value) ? sorted(value) : value;
}

function withoutDefaults(properties: Values, defaults: Values): Values {
  return Object.fromEntries(Object.entries(properties).filter(([key, value]) => value !== defaults[key]));
}

/** As the manifest has it: the text "null" where a common property is null. */
function nullsAsText(properties: Values): Values {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, value === null ? 'null' : value]));
}
