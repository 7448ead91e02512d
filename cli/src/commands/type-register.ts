import type { TypeInput, TypeWords } from '@andon/protocol/manifest';
import type { Command } from 'commander';
import { acts, collect, examples, finish, type JsonOption } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import { usageError } from '../failure.ts';
import { note } from '../terminal/output.ts';
import { assignments } from '../manifest/values.ts';

interface Options extends JsonOption {
  readonly name?: string;
  readonly description?: string;
  readonly jsonSchema?: string;
  readonly cwd?: string;
  readonly env?: readonly string[];
  readonly property?: readonly string[];
}
interface Prepared {
  readonly type: TypeInput;
  readonly warnings: readonly string[];
}

export function define(command: Command): void {
  acts(command)
    .argument('[words...]', 'FILE.toml with a [type] table; or, with --name, -- and the command that starts a host')
    .option('--name <type>', 'name of the type')
    .option('--description <text>', 'what it is')
    .option('--json-schema <file>', 'JSON Schema of the properties of its resources')
    .option('--cwd <folder>', 'folder to run the host in')
    .option('--env <key=value>', 'environment of the host; may be repeated', collect)
    .option('--property <key=value>', 'a common property, such as onSignal=verify; may be repeated', collect)
    .action(registerType);
  examples(
    command,
    ['andon type register worker.toml', ''],
    ['andon type register --name worker -- python3 worker.py --verbose', ''],
    ['andon type register --name worker -- andon-resource-host worker.ts', 'a module of defineResourceType'],
    ['andon type register --name worker --json-schema worker.json --property killScope=group -- ./worker', ''],
  );
}

async function registerType(words: string[], options: Options, command: Command): Promise<void> {
  const prepared = options.name === undefined ? await fromFile(words, options) : [await fromFlags(options.name, words, options)];
  const registered = await withDaemon(command, async (client) => {
    const done = [];
    for (const { type, warnings } of prepared) {
      const result = await client.request('typeRegister', { type });
      done.push({ name: type.name, ...result, warnings: [...new Set([...warnings, ...result.warnings])] });
    }
    return done;
  });
  for (const { warnings } of registered) for (const warning of warnings) note(`warning: ${warning}`);
  const lines = registered.map(({ name, outcome, effect }) => `type ${name} ${outcome}${effect === '' ? '' : `: ${effect}`}`);
  const [only] = registered;
  finish(options, registered.length === 1 && only ? { ...only } : { types: registered }, ...lines);
}

async function fromFile(words: readonly string[], options: Options): Promise<readonly Prepared[]> {
  const [file, ...more] = words;
  const flags = [options.description, options.jsonSchema, options.cwd, options.env, options.property];
  if (file === undefined || more.length > 0 || flags.some((flag) => flag !== undefined)) {
    throw usageError(
      'A type is registered from one FILE.toml, or by --name and a command.',
      'For example: andon type register worker.toml, or: andon type register --name worker -- ./worker',
    );
  }
  const { asSource, Manifests } = await import('@andon/protocol/manifest');
  const { HOST_TOOLS } = await import('../manifest/host-tools.ts');
  const { prepared, warnings } = await new Manifests([await asSource(file)]).prepare(HOST_TOOLS);
  if (prepared.types.length === 0 || prepared.groups.length > 0 || prepared.resources.length > 0) {
    throw usageError(`${file} must hold [type] tables and nothing else here.`, `Use: andon apply -f ${file}`);
  }
  // Warnings of the whole file are told with its first type.
  return prepared.types.map((type, index) => ({ type, warnings: index === 0 ? warnings : [] }));
}

async function fromFlags(name: string, command: readonly string[], options: Options): Promise<Prepared> {
  if (command.length === 0) {
    throw usageError(
      `Type "${name}" needs the command that starts its host.`,
      `For example: andon type register --name ${name} -- ./${name}`,
    );
  }
  const env = Object.fromEntries((options.env ?? []).map((word) => environment(word)));
  const property = assignments(options.property ?? [], '--property');
  const { description, cwd, jsonSchema } = options;
  const words: TypeWords = { name, command, env, property, description, cwd, 'json-schema': jsonSchema };
  const { typeDefinition } = await import('@andon/protocol/manifest');
  const { HOST_TOOLS } = await import('../manifest/host-tools.ts');
  return typeDefinition(words, process.cwd(), HOST_TOOLS);
}

/** Values of the environment are text: no JSON is looked for in them. */
function environment(word: string): readonly [string, string] {
  const at = word.indexOf('=');
  if (at < 1) throw usageError(`--env takes KEY=VALUE, not "${word}".`, `For example: --env ${word || 'KEY'}=value`);
  return [word.slice(0, at), word.slice(at + 1)];
}
