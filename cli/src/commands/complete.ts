import type { Command } from 'commander';
import { CATALOG, type Entry } from '../catalog.ts';
import type { ControlClient } from '../client.ts';
import { examples } from '../command.ts';
import { withDaemon } from '../connect.ts';
import { writeLine } from '../output.ts';

/** A person waits at a prompt: rather no names than late ones. */
const NAMES_LIMIT_MS = 500;
type Kind = 'resources' | 'types' | 'groups' | 'hosts' | 'none';

const ARGUMENTS: Readonly<Record<string, Kind>> = {
  online: 'resources',
  offline: 'resources',
  fail: 'resources',
  control: 'resources',
  status: 'resources',
  logs: 'resources',
  'resource show': 'resources',
  'resource set': 'resources',
  'resource remove': 'resources',
  'type show': 'types',
  'type unregister': 'types',
  'group online': 'groups',
  'group offline': 'groups',
  'group remove': 'groups',
  'host unquarantine': 'hosts',
};
const OPTIONS: Readonly<Record<string, Kind>> = {
  '--type': 'types',
  '--group': 'groups',
  '--resource': 'resources',
};

export function define(command: Command): void {
  command.argument('[words...]').action(complete);
  examples(command, ['andon complete -- online ma', 'what may follow, one a line']);
}

async function complete(words: string[], _options: unknown, command: Command): Promise<void> {
  const current = words.at(-1) ?? '';
  const candidates = await candidatesFor(words.slice(0, -1), current, command);
  for (const candidate of candidates) if (candidate.startsWith(current)) writeLine(candidate);
}

async function candidatesFor(before: readonly string[], current: string, command: Command): Promise<readonly string[]> {
  let entries: readonly Entry[] = CATALOG;
  const path: string[] = [];
  for (const word of before.filter((one) => !one.startsWith('-'))) {
    const entry = entries.find(({ name }) => name === word);
    if (!entry) break;
    path.push(word);
    if ('load' in entry) return wordsOf(entry, path.join(' '), before, current, command);
    entries = entry.children;
  }
  if (current.startsWith('-')) return ['--system', '--user', '--help', '--version'];
  return entries.filter((entry) => !('hidden' in entry)).map(({ name }) => name);
}

async function wordsOf(
  entry: Extract<Entry, { load(): unknown }>,
  path: string,
  before: readonly string[],
  current: string,
  command: Command,
): Promise<readonly string[]> {
  if (current.startsWith('-')) {
    const described = command.createCommand(entry.name);
    (await entry.load()).define(described);
    return [...described.options.flatMap(({ long }) => long ?? []), '--help', '--system', '--user'];
  }
  const kind = OPTIONS[before.at(-1) ?? ''] ?? ARGUMENTS[path] ?? 'none';
  try {
    return kind === 'none' ? [] : await withDaemon(command, NAMES[kind]);
  } catch {
    // Nobody at a prompt wants to read why there are no names.
    return [];
  }
}

const NAMES: Readonly<Record<Exclude<Kind, 'none'>, (client: ControlClient) => Promise<readonly string[]>>> = {
  resources: async (client) => (await client.request('resourceList', {}, NAMES_LIMIT_MS)).resources.map(({ name }) => name),
  types: async (client) => (await client.request('typeList', {}, NAMES_LIMIT_MS)).types.map(({ name }) => name),
  groups: async (client) => (await client.request('groupList', {}, NAMES_LIMIT_MS)).groups.map(({ name }) => name),
  hosts: async (client) => (await client.request('hostList', {}, NAMES_LIMIT_MS)).hosts.map(({ id }) => id),
};
