import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ControlParams } from '../common/control.ts';
import { AndonError } from '../common/errors.ts';
import { describeModule, type HostTools, resolveCommand } from './host-command.ts';
import { isJsonObject, type JsonValue } from '../common/json.ts';
import { systemReason } from './text-file.ts';

export type TypeInput = ControlParams<'typeRegister'>['type'];

/** A type as flags or a TOML table say it, keys as there. */
export interface TypeWords {
  readonly name: string;
  readonly description?: string | undefined;
  readonly command: readonly string[];
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly 'json-schema'?: string | Record<string, JsonValue> | undefined;
  readonly property?: Readonly<Record<string, JsonValue | undefined>> | undefined;
}

/**
 * The type as the daemon stores it: absolute paths, its schema read or asked for. `folder` is what relative paths start from.
 *
 * @throws AndonError `usage`, about the type
 */
export async function typeDefinition(
  words: TypeWords,
  folder: string,
  tools: HostTools,
): Promise<{ readonly type: TypeInput; readonly warnings: readonly string[] }> {
  const { name, env = {}, property = {} } = words;
  const cwd = words.cwd === undefined ? undefined : resolve(folder, words.cwd);
  const { command, module, warnings } = await about(name, 'command', () => resolveCommand(words.command, folder, tools));
  const schema = words['json-schema'];
  const user = typeof property['user'] === 'string' ? property['user'] : undefined;
  const surroundings = { env: { ...env }, cwd, user };
  const described =
    schema === undefined && module !== null
      ? await about(name, 'command', () => describeModule(module, name, surroundings, tools))
      : undefined;
  const jsonSchema =
    typeof schema === 'string'
      ? await about(name, 'json-schema', () => readSchema(resolve(folder, schema)))
      : (schema ?? described?.jsonSchema);
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

async function about<T>(name: string, key: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw error instanceof AndonError ? error.about({ what: 'type', name, path: [key] }) : error;
  }
}

async function readSchema(path: string): Promise<Record<string, JsonValue>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw usageError(
      `The JSON Schema ${path} cannot be read: ${systemReason(error)}.`,
      'Name it relative to the manifest, or to the current folder where there is none, or by an absolute path.',
    );
  }
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (error) {
    throw usageError(`${path} is not JSON: ${systemReason(error)}.`, 'Mend the file; it must hold one JSON Schema.');
  }
  if (isJsonObject(schema)) return schema;
  throw usageError(`${path} is not a JSON Schema: it must be an object.`, 'For example: {"type":"object","properties":{}}');
}

function usageError(detail: string, hint: string): AndonError {
  return new AndonError('usage', { detail, hint });
}
