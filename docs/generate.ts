// Writes what the documents say of errors, events and properties from the tables the program uses; with --check, tells what is stale.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  ERRORS,
  EVENT_KINDS,
  EventHead,
  EXIT,
  type EventKind,
  FailureSource,
  ResourceProperties,
  ResourceState,
  Settings,
  TypeProperties,
} from '@andon/protocol';
import { z } from 'zod';
import { cliText } from './cli-text.ts';
import { commandPages } from '../cli/src/command-pages.ts';
import { type Schema, valueWords } from '../cli/src/terminal/schema-words.ts';
import { comparison } from './comparison.ts';
import { EVENT_NOTES } from './event-notes.ts';
import { timelines } from './failure-timeline.ts';
import { lifeCycle } from './life-cycle.ts';
import { manPages } from './man-pages.ts';
import { cell, GENERATED, table } from './markdown.ts';
import { builtInTypePages } from './built-in-types.ts';
import { type PropertyNote, RESOURCE_PROPERTY_NOTES, TYPE_PROPERTY_NOTES } from './property-notes.ts';

/** Lists that are long and come often, told once. */
const NAMED: readonly (readonly [name: string, options: readonly string[]])[] = [
  ['resource state', ResourceState.options],
  ['failure source', FailureSource.options],
];

const MAN = '../cli/man/';

/** Every generated document, by its path from docs/. */
async function documents(): Promise<ReadonlyMap<string, string>> {
  const program = await commandPages();
  const pages = [...manPages(program)].map(([name, text]): [string, string] => [`${MAN}${name}`, text]);
  return new Map([
    ['errors.md', errors()],
    ['events.md', events()],
    ['../README.md', filled('../README.md', comparison())],
    ['failure-path.md', filled('failure-path.md', timelines())],
    ['life-cycle.md', lifeCycle(GENERATED)],
    ['configuration.md', filled('configuration.md', propertyTables())],
    ['cli.md', cliText(program)],
    ...builtInTypePages((name, parts) => filled(name, parts)),
    ...pages,
  ]);
}

/** What differs from what it should be, as it should be; null for a page of a command that is gone. */
async function changes(): Promise<ReadonlyMap<string, string | null>> {
  const made = await documents();
  const old = existsSync(pathOf(MAN)) ? readdirSync(pathOf(MAN)).map((name) => `${MAN}${name}`) : [];
  const gone = old.filter((name) => !made.has(name)).map((name): [string, null] => [name, null]);
  return new Map([...[...made].filter(([name, text]) => read(name) !== text), ...gone]);
}

/** Names of the documents that differ from what they should be. */
export async function staleDocuments(): Promise<string[]> {
  return [...(await changes()).keys()];
}

function errors(): string {
  const rows = Object.entries(ERRORS).map(([code, { exit, message, remedy }]) => [
    `\`${code}\``,
    String(exit),
    cell(message),
    cell(remedy),
  ]);
  const exits = Object.entries(EXIT).map(([name, code]) => [String(code), `\`${name}\``]);
  return [
    '# Errors',
    GENERATED,
    'Every error that `andond` answers or `andon` prints. With `--json` a command that fails prints `{"ok":false,"error":{"code","message","remedy"}}`. Codes are stable; texts may be improved.',
    table(['exit code', 'name'], exits),
    table(['code', 'exit', 'message', 'what to do'], rows),
  ]
    .join('\n\n')
    .concat('\n');
}

function events(): string {
  const head = Object.entries(schemaOf(EventHead).properties ?? {}).map(([name, schema]) => [
    `\`${name}\``,
    name === 'kind' ? 'one of the words below' : words(schema),
  ]);
  const kinds = EventHead.shape.kind.options.map((kind) => [`\`${kind}\``, cell(EVENT_NOTES[kind]), fields(schemaOf(EVENT_KINDS[kind]))]);
  return [
    '# Events',
    GENERATED,
    'What `andon events --json` prints, and `andon events --follow --json` one a line. `monotonicUs` is CLOCK_MONOTONIC, comparable in every process of the machine; a gap in `seq` means that events were given up.',
    table(['every event has', 'type'], head),
    ...NAMED.map(([name, options]) => `A *${name}* is one of ${options.map((option) => `\`${option}\``).join(' ')}.`),
    table(['kind', 'when', 'fields besides'], kinds),
  ]
    .join('\n\n')
    .concat('\n');
}

/** A page that people write, with what stands between its marks made anew. */
function filled(name: string, parts: Readonly<Record<string, string>>): string {
  return read(name).replace(/(<!-- generated: (.+?) -->\n)[^]*?(\n<!-- end -->)/g, (whole, begin: string, part: string, end: string) => {
    const made = parts[part];
    return made === undefined ? whole : `${begin}\n${made}\n${end}`;
  });
}

function propertyTables(): Readonly<Record<string, string>> {
  return {
    'type properties': properties(schemaOf(TypeProperties), TYPE_PROPERTY_NOTES),
    'resource properties': properties(schemaOf(ResourceProperties), RESOURCE_PROPERTY_NOTES),
    settings: settings(schemaOf(Settings)),
  };
}

function settings({ properties: tables = {} }: Schema): string {
  const rows = Object.entries(tables).flatMap(([name, { properties: keys = {} }]) =>
    Object.entries(keys).map(([key, { description = '', minimum, maximum, default: initial, ...rest }]) => {
      const range = minimum === undefined ? words(rest) : `${minimum} to ${maximum}`;
      return [`\`[${name}]\` \`${key}\``, range, `\`${JSON.stringify(initial)}\``, cell(description)];
    }),
  );
  return table(['setting', 'value', 'default', 'meaning'], rows);
}

function properties(schema: Schema, notes: Readonly<Record<string, PropertyNote>>): string {
  const rows = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const { unit = '', meaning = '', otherwise } = notes[name] ?? {};
    const initial = property.default === undefined ? (otherwise ?? '') : `\`${JSON.stringify(property.default)}\``;
    return [`\`${name}\``, cell(words(unit === '' ? property : measured(property, unit))), initial, cell(meaning)];
  });
  return table(['property', 'value', 'default', 'meaning'], rows);
}

function fields({ properties: all = {}, required = [] }: Schema): string {
  return Object.entries(all)
    .map(([name, schema]) => `\`${name}\`${required.includes(name) ? '' : '?'}: ${words(schema)}`)
    .join('; ');
}

/** The schema of a common property does not tell its unit: the notes do. */
function measured(schema: Schema, unit: string): Schema {
  if (schema.anyOf) return { ...schema, anyOf: schema.anyOf.map((option) => measured(option, unit)) };
  return schema.type === 'integer' ? { ...schema, unit } : schema;
}

/** A type in a few words. */
function words(schema: Schema): string {
  const named = NAMED.find(([, options]) => options.join() === schema.enum?.join());
  return named ? named[0] : valueWords(schema, (word) => `\`${word}\``);
}

function schemaOf(
  schema: typeof TypeProperties | typeof ResourceProperties | typeof Settings | typeof EventHead | (typeof EVENT_KINDS)[EventKind],
): Schema {
  const made: Schema = JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: 'input' })));
  return made;
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

function read(name: string): string {
  return existsSync(pathOf(name)) ? readFileSync(pathOf(name), 'utf8') : '';
}

if (import.meta.main) {
  const changed = await changes();
  if (process.argv.includes('--check')) {
    for (const name of changed.keys()) console.error(`stale: docs/${name}`);
    if (changed.size > 0) console.error('Bring them up to date with: npm run generate');
    process.exitCode = changed.size > 0 ? 1 : 0;
  } else {
    mkdirSync(pathOf(MAN), { recursive: true });
    for (const [name, text] of changed) {
      if (text === null) rmSync(pathOf(name));
      else writeFileSync(pathOf(name), text);
      console.log(`${text === null ? 'removed' : 'wrote'} docs/${name}`);
    }
  }
}
