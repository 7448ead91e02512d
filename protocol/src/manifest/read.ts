import type { GroupDefinition, ResourceDefinition } from '../common/manifest.ts';
import { GroupDefinition as Group, ManifestTables, ResourceDefinition as Resource, type TomlResource } from '../common/manifest.ts';
import { AndonError, type ErrorSubject, type Place } from '../common/errors.ts';
import { isJsonObject, type JsonValue } from '../common/json.ts';
import { locate } from './locate.ts';
import { parseToml } from './parse-toml.ts';
import { firstProblem, type Path, type Problem } from './problems.ts';
import { systemReason, type TextFile } from './text-file.ts';
import type { TypeWords } from './type-definition.ts';

/** One manifest, checked by itself. */
export interface ReadManifest {
  readonly file: TextFile;
  readonly types: readonly TypeWords[];
  readonly groups: readonly GroupDefinition[];
  readonly resources: readonly ResourceDefinition[];
  /** Resources that are wanted Online when they are created. */
  readonly online: readonly ResourceDefinition['name'][];
}

/**
 * Reads and checks a manifest.
 *
 * @throws AndonError `badManifest`, with line and column
 */
export function readManifest(file: TextFile): ReadManifest {
  const table = parseToml(file);
  // One `[type]` is the same as a `[[type]]`.
  const type = Array.isArray(table['type']) || table['type'] === undefined ? table['type'] : [table['type']];
  const checked = ManifestTables.safeParse(type === undefined ? table : { ...table, type });
  if (!checked.success) throw complaint(file, firstProblem(checked.error, ManifestTables));
  const { type: types = [], group: groups = [], resource: resources = [] } = checked.data;
  return {
    file,
    types: types.map((words, index) => ({ ...words, 'json-schema': schemaOf(file, words['json-schema'], ['type', index, 'json-schema']) })),
    groups: groups.map(({ name, description }) => Group.parse(description === undefined ? { name } : { name, description })),
    resources: resources.map((words, index) => resourceOf(file, words, index)),
    online: resources.filter(({ online }) => online).map(({ name }) => name),
  };
}

/** Where in this manifest the mistake of an error is, if the manifest has that definition. */
export function placeIn({ file, types, groups, resources }: ReadManifest, { what, name, path }: ErrorSubject): Place | null {
  const index = { type: types, group: groups, resource: resources }[what].findIndex((one) => one.name === name);
  return index === -1 ? null : { file: file.name, ...locate(file.text, [what, index, ...path]) };
}

export function complaint({ name, text }: TextFile, { path, detail, hint }: Problem): AndonError {
  const place = { file: name, ...locate(text, path) };
  return new AndonError('badManifest', { ...place, detail, hint }, { place });
}

function resourceOf(file: TextFile, words: TomlResource, index: number): ResourceDefinition {
  const { name, type, group = null, 'depends-on': dependsOn = '', 'separate-monitor': separate, property = {}, set = {} } = words;
  const values = typeof set === 'string' ? jsonText(file, set, ['resource', index, 'set']) : set;
  const properties = separate === true ? { ...property, SeparateMonitor: true } : property;
  return Resource.parse({ name, type, group, dependsOn, set: values, properties });
}

/** A text that begins with a brace is the schema itself; any other names its file. */
function schemaOf(file: TextFile, schema: TypeWords['json-schema'], path: Path): TypeWords['json-schema'] {
  return typeof schema === 'string' && schema.trimStart().startsWith('{') ? jsonText(file, schema, path) : schema;
}

function jsonText(file: TextFile, text: string, path: Path): Record<string, JsonValue> {
  const hint = 'Write a table, or one JSON object as text.';
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return value;
  } catch (error) {
    throw complaint(file, { path, detail: `${path.at(-1)}: this text is not JSON: ${systemReason(error)}`, hint });
  }
  throw complaint(file, { path, detail: `${path.at(-1)}: this JSON text is not an object`, hint });
}
