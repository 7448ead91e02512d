import { Command, type Option } from 'commander';
import { CATALOG } from './catalog.ts';
import { type Example, examplesOf } from './command.ts';
import { buildProgram } from './program.ts';

/** One word of the command line as its manual tells it. All of it comes from what the command defines of itself. */
export interface CommandPage {
  /** As it is typed, such as `andon resource add`. */
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly usage: readonly string[];
  readonly arguments: readonly Term[];
  readonly options: readonly Term[];
  readonly examples: readonly Example[];
  readonly children: readonly CommandPage[];
}
export interface Term {
  readonly words: string;
  readonly meaning: string;
}

/** The whole command line; hidden commands are for scripts, and in no manual. */
export async function commandPages(): Promise<CommandPage> {
  const program = await buildProgram(new Command('andon'), [], true);
  return pageOf(
    program,
    CATALOG.flatMap((entry) => ('hidden' in entry ? entry.name : [])),
  );
}

function pageOf(command: Command, hidden: readonly string[]): CommandPage {
  const path = command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
  const options = command.options.filter((option) => !option.hidden);
  return {
    path,
    summary: command.summary() || command.description(),
    description: command.description(),
    usage: usageOf(command, options),
    arguments: command.registeredArguments.map((argument) => ({
      words: argument.variadic ? `${argument.name()}...` : argument.name(),
      meaning: withDefault(argument.description, argument.defaultValue),
    })),
    options: options.map((option) => ({ words: option.flags, meaning: withDefault(option.description, option.defaultValue) })),
    examples: examplesOf(command),
    children: command.commands.filter((child) => !hidden.includes(child.name())).map((child) => pageOf(child, [])),
  };
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

/** The command and its words, each as it stands in a synopsis. */
function usageOf(command: Command, options: readonly Option[]): readonly string[] {
  if (command.commands.length > 0) return [pathOf(command), ...(command.parent ? [] : ['[--system|--user]']), 'COMMAND'];
  const words = options.map(({ flags, mandatory }) => {
    const word = flags.split(', ').at(-1) ?? flags;
    return mandatory ? word : `[${word}]`;
  });
  const names = command.registeredArguments.map((argument) => {
    const name = `<${argument.name()}>${argument.variadic ? '...' : ''}`;
    return argument.required ? name : `[${name}]`;
  });
  return [pathOf(command), ...words, ...names];
}

function withDefault(description: string, value: unknown): string {
  return value === undefined || value === false
    ? description
    : `${description} (default: ${typeof value === 'string' ? value : JSON.stringify(value)})`;
}
