import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ControlParams } from '@andon/protocol';
import { reasonOf, usageError } from './failure.ts';
import { describeModule, isJsonObject, resolveCommand } from './host-command.ts';
import type { JsonValue } from './values.ts';

export type TypeInput = ControlParams<'typeRegister'>['type'];

/** A type as flags or a TOML table say it, keys as there. */
export interface TypeWords {
  readonly name: string;
  readonly description?: string | undefined;
  readonly command: readonly string[];
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly 'json-schema'?: string | Record<string, JsonValue> | undefined;
  readonly property?: Readonly<Record<string, JsonValue>> | undefined;
}

/** The type as the daemon stores it: absolute paths, its schema read or asked for. `folder` is what relative paths start from. */
export async function typeDefinition(words: TypeWords, folder: string): Promise<{ type: TypeInput; warnings: readonly string[] }> {
  const { name, env = {}, property = {} } = words;
  const cwd = words.cwd === undefined ? undefined : resolve(folder, words.cwd);
  const { command, module, warnings } = await resolveCommand(words.command, folder);
  const schema = words['json-schema'];
  const surroundings = { env: { ...env }, ...(cwd === undefined ? {} : { cwd }) };
  const described = schema === undefined && module !== null ? await describeModule(module, name, surroundings) : undefined;
  const jsonSchema = typeof schema === 'string' ? await readSchema(resolve(folder, schema)) : (schema ?? described?.jsonSchema);
  const type: TypeInput = {
    name,
    description: words.description ?? described?.description ?? '',
    command: [...command],
    env: { ...env },
    properties: property,
    ...(cwd === undefined ? {} : { cwd }),
    ...(jsonSchema === undefined ? {} : { jsonSchema }),
  };
  return { type, warnings };
}

async function readSchema(path: string): Promise<Record<string, JsonValue>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw usageError(
      `The JSON Schema ${path} cannot be read: ${reasonOf(error)}.`,
      'Name it relative to the current folder, or by an absolute path.',
    );
  }
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (error) {
    throw usageError(`${path} is not JSON: ${reasonOf(error)}.`, 'Mend the file; it must hold one JSON Schema.');
  }
  if (isJsonObject(schema)) return schema;
  throw usageError(`${path} is not a JSON Schema: it must be an object.`, 'For example: {"type":"object","properties":{}}');
}
