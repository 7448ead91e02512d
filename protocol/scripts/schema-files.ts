import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ERRORS, EVENT_KINDS, EventHead, EXIT, GOODBYE_CODES, WIRE_ERROR_CODES } from '@andon/protocol';
import * as limits from '@andon/protocol/limits';
import { z } from 'zod';
import { RESOURCE_PROPERTY_NOTES, TYPE_PROPERTY_NOTES } from '../../docs/property-notes.ts';
import { MESSAGE_SCHEMAS } from './message-schemas.ts';
import { rulesOf } from './protocol-rules.ts';

const PROTOCOL_TEXT = fileURLToPath(new URL('../PROTOCOL.md', import.meta.url));

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Names that stand in the order of the table rather than in this one: they are the author's, and read best so. */
const AUTHORED_ORDER = new Set(['properties', '$defs']);
const KEYWORDS = [
  '$schema',
  '$id',
  'title',
  'description',
  'type',
  'const',
  'enum',
  'format',
  'pattern',
  'default',
  'properties',
  'required',
  'additionalProperties',
];

/** The published files, by name: what `protocol/schema/v1` holds besides examples. */
export function schemaFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const [name, schema] of MESSAGE_SCHEMAS) {
    const made = jsonSchema(name, schema);
    files.set(`${name}.schema.json`, text(name === 'manifest.Manifest' ? withNotes(made) : made));
  }
  files.set('errors.json', text({ exit: EXIT, control: ERRORS, wire: WIRE_ERROR_CODES, goodbye: GOODBYE_CODES }));
  files.set('limits.json', text(Object.fromEntries(Object.entries(limits).sort(([a], [b]) => (a < b ? -1 : 1)))));
  files.set('events.json', text({ common: fields(EventHead), kinds: mapValues(EVENT_KINDS, fields) }));
  files.set('rules.json', text(rulesOf(readFileSync(PROTOCOL_TEXT, 'utf8'))));
  return files;
}

/** `io: 'input'`: unknown members stay allowed, and what has a default may be absent. */
export function jsonSchema(name: string, schema: z.ZodType): Json {
  const generated = plain(z.toJSONSchema(schema, { io: 'input' }));
  return ordered({ $id: `urn:andon:1:${name}`, title: name, ...asObject(generated) });
}

/** The manifest's schema is also read by editors, which show what a common property means; the manual has the same words. */
function withNotes(schema: Json): Json {
  if (schema === null || typeof schema !== 'object') return schema;
  if (isList(schema)) return schema.map(withNotes);
  const members = Object.entries(schema).map(([key, value]): [string, Json] => {
    const notes = key === 'property' ? notesFor(value) : undefined;
    return [key, notes ? described(asObject(value), notes) : withNotes(value)];
  });
  return Object.fromEntries(members);
}

type Notes = typeof RESOURCE_PROPERTY_NOTES | typeof TYPE_PROPERTY_NOTES;

function notesFor(value: Json): Notes | undefined {
  if (value === null || typeof value !== 'object' || isList(value) || value['properties'] === undefined) return undefined;
  return 'RestartAction' in asObject(value['properties']) ? RESOURCE_PROPERTY_NOTES : TYPE_PROPERTY_NOTES;
}

function described(schema: { readonly [key: string]: Json }, notes: Notes): Json {
  const entries = Object.entries(notes).map(([name, { meaning, unit }]) => [name, unit === '' ? meaning : `${meaning} (${unit})`] as const);
  const meanings = new Map<string, string>(entries);
  const properties = mapEntries(asObject(schema['properties']), (name, property) => ({
    description: meanings.get(name) ?? '',
    ...asObject(property),
  }));
  return ordered({ ...schema, properties });
}

function mapEntries(values: { readonly [key: string]: Json }, map: (key: string, value: Json) => Json): Json {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(key, value)]));
}

function fields(schema: z.ZodType): Json {
  const { properties = {}, required = [] } = asObject(plain(z.toJSONSchema(schema, { io: 'input' })));
  return { properties: asObject(ordered({ properties }))['properties'] ?? {}, required };
}

/** zod's own object, without its functions and prototypes. */
function plain(value: unknown): Json {
  return JSON.parse(JSON.stringify(value));
}

function asObject(value: Json | undefined): { readonly [key: string]: Json } {
  if (value === null || typeof value !== 'object' || isList(value)) throw new TypeError('a JSON Schema is an object');
  return value;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** The same value with its keywords in one order, so that a newer zod makes no spurious difference. */
function ordered(value: Json, namesAreAuthored = false): Json {
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map((member) => ordered(member));
  const keys = Object.keys(value);
  if (!namesAreAuthored) keys.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return Object.fromEntries(keys.map((key) => [key, ordered(value[key] ?? null, !namesAreAuthored && AUTHORED_ORDER.has(key))]));
}

function rank(keyword: string): number {
  const index = KEYWORDS.indexOf(keyword);
  return index === -1 ? KEYWORDS.length : index;
}

function mapValues<Value>(values: Readonly<Record<string, Value>>, map: (value: Value) => Json): { readonly [key: string]: Json } {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));
}

function text(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
