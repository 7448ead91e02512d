import type { Command } from 'commander';
import { CATALOG, type Entry } from './catalog.ts';
import { type Example, examples } from './command.ts';
import { versionOfAndon } from './version.ts';

const EXAMPLES: readonly Example[] = [
  ['andon up --detach', 'run the daemon in the background'],
  ['andon type register --name worker -- ./worker.py', 'register what a program can manage'],
  ['andon resource add mail --type worker', 'configure one of it'],
  ['andon online mail', 'bring it online'],
  ['andon status', 'see how everything is'],
];
const EXIT_CODES = `
Exit codes: 0 done, 1 the resource failed or did not reach the state, 2 usage, 3 daemon not reachable, 4 refused,
5 host trouble, 6 system trouble, 70 a bug of andon.`;

/** The command line with the files of those commands loaded that `args` names, or of all; the others are known by name and summary. */
export async function buildProgram(program: Command, args: readonly string[], isWhole = false): Promise<Command> {
  program
    .description('andon, a resource monitor that is told of failures instead of asking for them')
    .option('--system', "use the system's daemon (/run/andon)")
    .option('--user', "use this user's daemon")
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'andon: ')) })
    .showHelpAfterError('See: andon --help');
  examples(program, ...EXAMPLES).addHelpText('after', EXIT_CODES);
  if (args.includes('-V') || args.includes('--version')) program.version(await versionOfAndon(), '-V, --version');
  else program.option('-V, --version', 'print the version');
  const words = args.filter((word) => !word.startsWith('-'));
  // `andon --help status` shows the help of all.
  const asksForAll = args[0] === '-h' || args[0] === '--help';
  await addEntries(program, CATALOG, isWhole ? null : asksForAll ? [] : words);
  return program;
}

/** `help resource add` and `resource help add` are `resource add --help`; a resource may be named help. */
export function withoutHelpWord(args: readonly string[]): readonly string[] {
  let entries: readonly Entry[] = CATALOG;
  for (const [index, word] of args.entries()) {
    if (word.startsWith('-')) continue;
    if (word === 'help') return index === args.length - 1 ? args : [...args.slice(0, index), ...args.slice(index + 1), '--help'];
    const entry = entries.find(({ name }) => name === word);
    if (!entry || !('children' in entry)) return args;
    entries = entry.children;
  }
  return args;
}

/** `words`: null for all of them. */
async function addEntries(parent: Command, entries: readonly Entry[], words: readonly string[] | null): Promise<void> {
  const named = entries.filter(({ name }) => name === words?.[0]);
  // Once the word is known the others are only in the way: each costs a tenth of a millisecond.
  for (const entry of named.length > 0 ? named : entries) {
    const command = parent
      .command(entry.name, { hidden: 'hidden' in entry })
      .summary(entry.summary)
      .description(`${capital(entry.summary)}.`);
    command.showHelpAfterError(`See: andon ${pathOf(command)} --help`);
    if ('children' in entry) {
      examples(command, ...entry.examples.map((line): Example => [line, '']));
      await addEntries(command, entry.children, words && (words[0] === entry.name ? words.slice(1) : []));
    } else if (words === null || words[0] === entry.name) (await entry.load()).define(command);
  }
}

function pathOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${pathOf(parent)} ${command.name()}` : command.name();
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
