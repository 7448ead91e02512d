import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { GroupDefinition, Manifest, ResourceDefinition, ResourceProperties, TypeProperties } from '@andon/protocol';
import { AndonError } from '@andon/protocol/errors';
import { parse, TomlError } from 'smol-toml';
import { reasonOf, usageError } from '../failure.ts';
import { type TypeWords } from '../type-definition.ts';
import type { JsonValue } from '../values.ts';
import { firstProblem, type Problem } from './problems.ts';
import { locate } from './locate.ts';

export interface ManifestContents {
  readonly types: readonly TypeWords[];
  readonly groups: readonly GroupDefinition[];
  readonly resources: readonly ResourceDefinition[];
  /** What relative paths in it start from. */
  readonly folder: string;
}

/** Reads and checks a manifest; `-` is standard input. Every complaint names the line. */
export async function readManifest(file: string): Promise<ManifestContents> {
  const source = await readSource(file);
  const name = file === '-' ? '(standard input)' : file;
  const refuse = (problem: Problem): never => {
    const { line, column } = locate(source, problem.path);
    throw new AndonError('badManifest', {
      file: name,
      line,
      column,
      detail: problem.detail,
      hint: problem.hint,
    });
  };
  const table = parseToml(source, name);
  // One `[type]` is the same as a `[[type]]`; told apart here, a complaint about it needs no union.
  const checked = Manifest.safeParse(
    Array.isArray(table['type']) || table['type'] === undefined ? table : { ...table, type: [table['type']] },
  );
  if (!checked.success) return refuse(firstProblem(checked.error, Manifest));
  const { type = [], group = [], resource = [] } = checked.data;
  const folder = file === '-' ? process.cwd() : dirname(resolve(file));

  type.forEach(({ property }, index) => {
    const properties = TypeProperties.safeParse(property ?? {});
    if (!properties.success) refuse(firstProblem(properties.error, TypeProperties, ['type', index, 'property']));
  });
  const resources = resource.map((words, index): ResourceDefinition => {
    const given = withNulls(words.property ?? {});
    const properties = ResourceProperties.safeParse(words['separate-monitor'] ? { SeparateMonitor: true, ...given } : given);
    if (!properties.success) return refuse(firstProblem(properties.error, ResourceProperties, ['resource', index, 'property']));
    const { name, type, group: ofGroup = null, 'depends-on': dependsOn = '', set = {} } = words;
    return { name, type, group: ofGroup, dependsOn, set, properties: properties.data };
  });
  return {
    types: type,
    groups: group.map(({ name, description = '' }) => ({ name, description })),
    resources,
    folder,
  };
}

async function readSource(file: string): Promise<string> {
  try {
    return file === '-' ? await readAll(process.stdin) : await readFile(file, 'utf8');
  } catch (error) {
    throw usageError(`${file} cannot be read: ${reasonOf(error)}.`, 'Name a TOML file, or - for standard input.');
  }
}

function parseToml(source: string, file: string): Record<string, unknown> {
  try {
    return parse(source);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [detail = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n');
    throw new AndonError('badManifest', {
      file,
      line: error.line,
      column: error.column,
      detail,
      hint: 'Mend the TOML of this line; nothing was changed.',
    });
  }
}

/** TOML has no null. No common property takes the text "null", so that text stands for it, as on the command line. */
function withNulls(properties: Readonly<Record<string, JsonValue>>): Record<string, JsonValue> {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, value === 'null' ? null : value]));
}
