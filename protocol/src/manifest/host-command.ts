import { execFile } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, resolve } from 'node:path';
import { promisify } from 'node:util';
import { AndonError } from '../common/errors.ts';
import { isJsonObject, type JsonValue } from '../common/json.ts';
import { systemReason } from './text-file.ts';

/** As a definition may have it. */
const MAX_DESCRIPTION_LENGTH = 1024;
const DESCRIBE_LIMIT_MS = 20_000;
/** Stands for the runner of modules made with `defineResourceType`, on the Node that runs this command. */
const MODULE_RUNNER = 'andon-resource-host';

/** What the process that reads a manifest knows of its own installation. */
export interface HostTools {
  /** The program that runs modules made with `defineResourceType`. */
  moduleRunner(): string;
  /** Ids of a user of this machine, under which the module of a type of that user is asked; absent: as this process. */
  idsOf?(user: string): Promise<{ readonly uid: number; readonly gid: number } | null>;
}

export interface ResolvedCommand {
  readonly command: readonly [string, ...string[]];
  /** The module, when the command runs one made with `defineResourceType`. */
  readonly module: string | null;
  readonly warnings: readonly string[];
}

/** A host's command with absolute paths, so that it means the same wherever the daemon runs. */
export async function resolveCommand(words: readonly string[], folder: string, tools: HostTools): Promise<ResolvedCommand> {
  const [first = '', ...rest] = words;
  const args = await Promise.all(rest.map((word) => absoluteFile(word, folder)));
  if (first === MODULE_RUNNER) return runModule(args, folder, tools);
  const found = await findExecutable(first, folder);
  if (found.problem === '') return { command: [found.path, ...args], module: null, warnings: [] };
  const warning = `The executable "${first}" ${found.problem}; the type is registered, and its host cannot start before that is mended.`;
  return { command: [found.path, ...args], module: null, warnings: [warning] };
}

async function runModule([file, ...args]: readonly string[], folder: string, tools: HostTools): Promise<ResolvedCommand> {
  if (file === undefined) throw refusal(`${MODULE_RUNNER} needs the file of a module.`, `For example: ${MODULE_RUNNER} my-type.ts`);
  // `--builtin` is no file.
  if (file.startsWith('-')) return { command: [process.execPath, tools.moduleRunner(), file, ...args], module: null, warnings: [] };
  const path = resolve(folder, file);
  const missing = !(await isFile(path));
  const warnings = missing ? [`The module "${path}" does not exist; its host cannot start before it does.`] : [];
  return { command: [process.execPath, tools.moduleRunner(), path, ...args], module: missing ? null : path, warnings };
}

interface Description {
  readonly name: string;
  readonly description: string;
  readonly jsonSchema: Record<string, JsonValue> | undefined;
}

interface Surroundings {
  readonly cwd: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly user: string | undefined;
}

/** What the module says of its type `name`. */
export async function describeModule(module: string, name: string, surroundings: Surroundings, tools: HostTools): Promise<Description> {
  const types = descriptions(await askModule(module, surroundings, tools));
  const own = types.find((type) => type.name === name);
  if (own) return own;
  const held = types.map((type) => `"${type.name}"`).join(', ') || 'none';
  throw refusal(`The module ${module} has no type named "${name}"; it has ${held}.`, 'Register it under a name that it has.');
}

async function askModule(module: string, { cwd, env, user }: Surroundings, tools: HostTools): Promise<string> {
  try {
    // A module whose host is not to run as this user is not asked as this user either.
    const ids = user === undefined ? undefined : await tools.idsOf?.(user);
    if (ids === null) throw new Error(`there is no user "${user}"`);
    const options = { timeout: DESCRIBE_LIMIT_MS, env: { ...process.env, ...env }, ...(cwd === undefined ? {} : { cwd }), ...ids };
    return (await promisify(execFile)(process.execPath, [tools.moduleRunner(), '--describe', module], options)).stdout;
  } catch (error) {
    throw refusal(
      `The module ${module} cannot be asked for its types: ${lastWords(error)}.`,
      `Mend it, or name its schema with json-schema.`,
    );
  }
}

function refusal(detail: string, hint: string): AndonError {
  return new AndonError('usage', { detail, hint });
}

/** The last line a failed process printed says more than its exit code. */
function lastWords(error: unknown): string {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  const message = stderr.split('\n').find((line) => /error/i.test(line)) ?? stderr.split('\n').at(-1) ?? '';
  return message === '' ? systemReason(error) : message;
}

function descriptions(output: string): readonly Description[] {
  const parsed = jsonOf(output);
  return (Array.isArray(parsed) ? parsed : []).flatMap((type: unknown) => {
    if (typeof type !== 'object' || type === null || !('name' in type) || typeof type.name !== 'string') return [];
    const description =
      'description' in type && typeof type.description === 'string' ? type.description.slice(0, MAX_DESCRIPTION_LENGTH) : '';
    const schema: unknown = 'jsonSchema' in type ? type.jsonSchema : undefined;
    return [{ name: type.name, description, jsonSchema: isJsonObject(schema) ? schema : undefined }];
  });
}

/** What is no JSON describes nothing: the module printed something of its own. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An argument that names a file is meant as that file; anything else is left as it is. */
async function absoluteFile(word: string, folder: string): Promise<string> {
  if (word === '' || word.startsWith('-') || isAbsolute(word)) return word;
  const path = resolve(folder, word);
  return (await isFile(path)) ? path : word;
}

async function findExecutable(word: string, folder: string): Promise<{ readonly path: string; readonly problem: string }> {
  if (word.includes('/')) {
    const path = resolve(folder, word);
    return { path, problem: await executableProblem(path) };
  }
  const searched = (process.env['PATH'] ?? '').split(delimiter).filter((part) => part !== '');
  for (const part of searched) {
    const path = resolve(part, word);
    if ((await executableProblem(path)) === '') return { path, problem: '' };
  }
  return { path: word, problem: 'was not found in PATH' };
}

async function executableProblem(path: string): Promise<string> {
  try {
    if (!(await isFile(path))) return `(${path}) does not exist`;
    await access(path, constants.X_OK);
    return '';
  } catch {
    return `(${path}) may not be executed: chmod +x it`;
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
