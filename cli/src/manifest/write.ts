import { type Configuration, ResourceProperties, TypeProperties } from '@andon/protocol';
import { stringify } from 'smol-toml';

export interface Written {
  readonly toml: string;
  /** What TOML cannot hold, by name. */
  readonly omitted: readonly string[];
}

/** The configuration as a manifest that `apply` reads. The same configuration gives the same bytes: tables by name, keys by letter, defaults left out. */
export function writeManifest(configuration: Configuration): Written {
  const omitted: string[] = [];
  const tables = {
    type: byName(configuration.types).map(({ name, description, command, cwd, env, jsonSchema, properties }) =>
      compact({
        name,
        description,
        command,
        cwd,
        env: sorted(env),
        'json-schema': sorted(jsonSchema ?? {}),
        property: sorted(withoutDefaults(properties, TypeProperties.parse({}))),
      }),
    ),
    group: byName(configuration.groups).map(({ name, description }) => compact({ name, description })),
    resource: byName(configuration.resources).map(({ name, type, group, dependsOn, set, properties }) =>
      compact({
        name,
        type,
        group,
        'depends-on': dependsOn,
        set: sorted(withoutNulls(set, `resource ${name}: set.`, omitted)),
        property: sorted(nullsAsText(withoutDefaults(properties, ResourceProperties.parse({})))),
      }),
    ),
  };
  const text = stringify(compact(tables));
  return { toml: text === '' || text.endsWith('\n') ? text : `${text}\n`, omitted };
}

/** Without what is empty: absent means the same. */
function compact(table: Readonly<Record<string, unknown>>): Values {
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

type Values = Readonly<Record<string, unknown>>;

function sorted(value: Values): Values {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .toSorted(([a], [b]) => compare(a, b))
      .map(([key, inner]) => [key, isTable(inner) ? sorted(inner) : inner]),
  );
}

function withoutDefaults(properties: Values, defaults: Values): Values {
  return Object.fromEntries(Object.entries(properties).filter(([key, value]) => value !== defaults[key]));
}

/** TOML has no null; see `withNulls` of read.ts. */
function nullsAsText(properties: Values): Values {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, value === null ? 'null' : value]));
}

/** A private property may be the text "null" itself, so a null in it has no way into TOML. */
function withoutNulls(values: Values, where: string, omitted: string[]): Values {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]): (readonly [string, unknown])[] => {
      if (value === null || (Array.isArray(value) && value.includes(null))) {
        omitted.push(`${where}${key}`);
        return [];
      }
      return [[key, isTable(value) ? withoutNulls(value, `${where}${key}.`, omitted) : value]];
    }),
  );
}

function isTable(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
