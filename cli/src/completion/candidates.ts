import type { Argument, Command, Option } from 'commander';
import { type CandidateKind, type Line, valuesOf } from './candidate-values.ts';
import { CATALOG, type Entry } from '../catalog.ts';

export { FILES } from './candidate-values.ts';

const GLOBAL_OPTIONS: readonly string[] = ['--system', '--user', '--help'];

/** What an argument called `name` means in the commands that have one; every other name says by itself what it stands for. */
const NAMED: Readonly<Record<string, CandidateKind>> = {
  online: 'resources',
  offline: 'resources',
  fail: 'resources',
  control: 'resources',
  status: 'resources',
  'resource show': 'resources',
  'resource set': 'resources',
  'resource remove': 'resources',
  'type show': 'types',
  'type unregister': 'types',
  'group online': 'groups',
  'group offline': 'groups',
  'group remove': 'groups',
};
const BY_PLACEHOLDER: Readonly<Record<string, CandidateKind>> = {
  resource: 'resources',
  type: 'types',
  group: 'groups',
  host: 'hosts',
  'host|name': 'hostsAndResources',
  incident: 'incidents',
  kind: 'eventKinds',
  code: 'controlCodes',
  shell: 'shells',
  file: 'files',
  folder: 'files',
  path: 'files',
};
const BY_FLAG: Readonly<Record<string, CandidateKind>> = { '--set': 'settings', '--unset': 'settingNames', '--property': 'properties' };
/** New names are for the person to think of. */
const NEW_NAMES: readonly string[] = ['resource add', 'group add', 'type register --name'];

/** Words that may stand in the place of `current`, behind the words `before`. */
export async function candidates(before: readonly string[], current: string, command: Command): Promise<readonly string[]> {
  let entries: readonly Entry[] = CATALOG;
  const path: string[] = [];
  for (const [index, word] of before.entries()) {
    // Before the name of a command stand options without values, and perhaps `help`.
    if (word.startsWith('-') || word === 'help') continue;
    const entry = entries.find(({ name }) => name === word);
    if (!entry) return [];
    path.push(word);
    if ('load' in entry) {
      const described = command.createCommand(entry.name);
      (await entry.load()).define(described);
      return ofCommand(described, path.join(' '), before.slice(index + 1), current, command);
    }
    entries = entry.children;
  }
  if (current.startsWith('-')) return [...GLOBAL_OPTIONS, '--version'];
  return [...entries.filter((entry) => !('hidden' in entry)).map(({ name }) => name), 'help'];
}

async function ofCommand(
  described: Command,
  path: string,
  words: readonly string[],
  current: string,
  command: Command,
): Promise<readonly string[]> {
  const { pending, isForeign, ...line } = readLine(described, path, words);
  // Behind -- stands a host's command.
  if (isForeign) return valuesOf('files', line, current, command);
  if (pending) return valuesOf(kindOfOption(pending, path), line, current, command);
  const inline = /^(--[\w-]+)=(.*)$/.exec(current);
  if (inline) {
    const option = described.options.find(({ long }) => long === inline[1]);
    const values = option ? await valuesOf(kindOfOption(option, path), line, inline[2] ?? '', command) : [];
    return values.map((value) => (value.startsWith(':') ? value : `${inline[1]}=${value}`));
  }
  if (current.startsWith('-')) return [...described.options.flatMap(({ long }) => long ?? []), ...GLOBAL_OPTIONS];
  const { registeredArguments } = described;
  const argument = registeredArguments[line.names.length] ?? registeredArguments.findLast(({ variadic }) => variadic);
  const values = argument ? await valuesOf(kindOfArgument(argument, path), line, current, command) : [];
  // A name that stands there already is not meant again.
  return values.filter((value) => !line.names.includes(value));
}

interface ReadLine extends Line {
  /** The option whose value is being typed. */
  readonly pending: Option | null;
  readonly isForeign: boolean;
}

function readLine(described: Command, path: string, words: readonly string[]): ReadLine {
  const names: string[] = [];
  const options = new Map<string, string>();
  let pending: Option | null = null;
  for (const word of words) {
    if (pending) {
      options.set(pending.long ?? '', word);
      pending = null;
    } else if (word === '--') return { path, names, options, pending, isForeign: true };
    else if (word.startsWith('-')) {
      const [flag = '', value] = word.split(/=(.*)/s);
      const option = described.options.find(({ long, short }) => long === flag || short === flag);
      if (value !== undefined) options.set(flag, value);
      else if (option && (option.required || option.optional)) pending = option;
    } else names.push(word);
  }
  return { path, names, options, pending, isForeign: false };
}

function kindOfOption(option: Option, path: string): CandidateKind {
  const placeholder = /[<[](.+?)[>\]]/.exec(option.flags)?.[1] ?? '';
  if (NEW_NAMES.includes(`${path} ${option.long ?? ''}`)) return 'none';
  return BY_FLAG[option.long ?? ''] ?? BY_PLACEHOLDER[placeholder] ?? 'none';
}

function kindOfArgument(argument: Argument, path: string): CandidateKind {
  if (path === 'type register') return 'files';
  if (NEW_NAMES.includes(path)) return 'none';
  return NAMED[path] && argument.name() === 'name' ? NAMED[path] : (BY_PLACEHOLDER[argument.name()] ?? 'none');
}
