import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { acts, examples, finish, type JsonOption } from '../command.ts';
import { usageError } from '../failure.ts';
import { type Language, LANGUAGES } from '../host-new/languages.ts';

interface Options extends JsonOption {
  readonly lang: string;
  readonly name?: string;
  readonly force?: boolean;
}

export function define(command: Command): void {
  acts(command)
    .argument('<folder>', 'folder to make, with a host that runs a command')
    .requiredOption('--lang <language>', Object.keys(LANGUAGES).join(', '))
    .option('--name <type>', 'name of the type (default: that of the folder)')
    .option('--force', 'also into a folder that is not empty; files of the same names are replaced')
    .action(newHost);
  examples(command, ['andon host new --lang python worker', ''], ['andon host new --lang go --name worker ./src/worker-host', '']);
}

async function newHost(folder: string, options: Options): Promise<void> {
  const language = languageOf(options.lang);
  const path = resolve(folder);
  const name = await typeName(options.name ?? basename(path));
  const { createHost } = await import('../host-new/create.ts');
  const { libraryFolder } = await import('../manifest/host-tools.ts');
  const resource = createHost({ language, folder: path, name, force: options.force === true }, libraryFolder());
  const next = [`cd ${folder}`, './test.sh', 'andon apply -f type.toml', `andon online ${resource}`];
  const lines = [`${path} holds a host for type ${name}, in ${language.title}. Next:`, ...next.map((line) => `  ${line}`)];
  finish(options, { folder: path, name, language: options.lang, next }, ...lines);
}

function languageOf(word: string): Language {
  const language = Object.hasOwn(LANGUAGES, word) ? LANGUAGES[word] : undefined;
  if (language) return language;
  throw usageError(`--lang takes ${Object.keys(LANGUAGES).join(', ')}; not "${word}".`, 'For example: andon host new --lang python worker');
}

async function typeName(word: string): Promise<string> {
  const { TypeName } = await import('@andon/protocol');
  const parsed = TypeName.safeParse(word);
  if (parsed.success) return parsed.data;
  throw usageError(`"${word}" cannot name a type: ${parsed.error.issues[0]?.message ?? ''}.`, 'Give it another: --name TYPE');
}
