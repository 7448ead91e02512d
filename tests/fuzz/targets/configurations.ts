import { Configuration } from '@andon/protocol';
import type { ReadManifest } from '@andon/protocol/manifest';

/** What a manifest says, in the daemon's words. The caller has made sure that no schema is the name of a file. */
export function configurationOf({ types, groups, resources, online }: ReadManifest): Configuration {
  return Configuration.parse({
    types: types.map(({ 'json-schema': jsonSchema, property: properties, ...words }) => ({
      ...words,
      ...(jsonSchema === undefined ? {} : { jsonSchema }),
      ...(properties === undefined ? {} : { properties }),
    })),
    groups,
    resources,
    online,
  });
}

const byName = <T extends { readonly name: string }>(all: readonly T[]): T[] =>
  all.toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));

/** In an order that does not depend on where it came from. */
export function sorted({ types, groups, resources, online }: Configuration): Configuration {
  return { types: byName(types), groups: byName(groups), resources: byName(resources), online: [...new Set(online)].toSorted() };
}
