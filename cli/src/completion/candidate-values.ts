import { readFile } from 'node:fs/promises';
import { isRecord } from '@andon/protocol/json';
import type { Command } from 'commander';
import type { ControlClient } from '../connection/client.ts';
import { withDaemon } from '../connection/connect.ts';
import type { PlaceFlags } from '../connection/places.ts';

/** Stands for names of files, which the shell knows better. */
export const FILES = ':files';

export type CandidateKind =
  | 'resources'
  | 'types'
  | 'groups'
  | 'hosts'
  | 'hostsAndResources'
  | 'incidents'
  | 'eventKinds'
  | 'controlCodes'
  | 'settings'
  | 'settingNames'
  | 'properties'
  | 'shells'
  | 'files'
  | 'none';

/** What stands on the line already. */
export interface Line {
  readonly path: string;
  readonly names: readonly string[];
  readonly options: ReadonlyMap<string, string>;
}

/** A person waits at a prompt: rather no names than late ones. */
const NAMES_LIMIT_MS = 500;
/** Those that the daemon answers for every resource; a host may know more, and nobody can ask it which. */
const CONTROL_CODES: readonly string[] = ['getState', 'getStatus', 'getPrivateProperties', 'getCommonProperties'];

/** Silent about every trouble: nobody at a prompt wants to read why there are no names. */
export async function valuesOf(kind: CandidateKind, line: Line, current: string, command: Command): Promise<readonly string[]> {
  try {
    return await ofKind(kind, line, current, command);
  } catch {
    return [];
  }
}

async function ofKind(kind: CandidateKind, line: Line, current: string, command: Command): Promise<readonly string[]> {
  switch (kind) {
    case 'none':
      return [];
    case 'files':
      return [FILES];
    case 'incidents': {
      const { incidentIds, incidentsDirectory } = await import('../incidents/folder.ts');
      return [...(await incidentIds(await incidentsDirectory(command.optsWithGlobals<PlaceFlags>()))), 'latest'];
    }
    case 'controlCodes':
      return CONTROL_CODES;
    case 'shells':
      return Object.keys((await import('./completion-scripts.ts')).COMPLETION_SCRIPTS);
    case 'eventKinds':
      return Object.keys((await import('../events/event-words.ts')).EVENT_WORDS);
    case 'properties':
      return assignments(await commonProperties(line), current);
    case 'settings':
      return assignments(await withDaemon(command, (client) => declared(client, line)), current);
    case 'settingNames':
      return Object.keys(await withDaemon(command, (client) => declared(client, line)));
    case 'resources':
    case 'types':
    case 'groups':
    case 'hosts':
    case 'hostsAndResources':
      return withDaemon(command, NAMES[kind]);
  }
}

type Named = 'resources' | 'types' | 'groups' | 'hosts' | 'hostsAndResources';

const resources = async (client: ControlClient): Promise<readonly string[]> =>
  (await client.request('resourceList', {}, NAMES_LIMIT_MS)).resources.map(({ name }) => name);
const hosts = async (client: ControlClient): Promise<readonly string[]> =>
  (await client.request('hostList', {}, NAMES_LIMIT_MS)).hosts.map(({ id }) => id);

const NAMES: Readonly<Record<Named, (client: ControlClient) => Promise<readonly string[]>>> = {
  resources,
  types: async (client) => (await client.request('typeList', {}, NAMES_LIMIT_MS)).types.map(({ name }) => name),
  groups: async (client) => (await client.request('groupList', {}, NAMES_LIMIT_MS)).groups.map(({ name }) => name),
  hosts,
  hostsAndResources: async (client) => (await Promise.all([hosts(client), resources(client)])).flat(),
};

/** Properties by name, each with its JSON Schema. */
type Schemas = Readonly<Record<string, unknown>>;

/** Private properties, as the type declares them: of the resource that is named, or of the type that --type names. */
async function declared(client: ControlClient, { path, names, options }: Line): Promise<Schemas> {
  const [name = ''] = names;
  const type =
    path === 'resource add' ? options.get('--type') : (await client.request('resourceShow', { name }, NAMES_LIMIT_MS)).definition.type;
  const { jsonSchema } = await client.request('typeShow', { name: type ?? '' }, NAMES_LIMIT_MS);
  return propertiesOf(jsonSchema);
}

/** From the published schemas: to load the tables they are made from would take longer than everything else at a prompt. */
async function commonProperties({ path }: Line): Promise<Schemas> {
  const definition = path === 'type register' ? 'TypeDefinition' : 'ResourceDefinition';
  const file = import.meta.resolve(`@andon/protocol/schema/manifest.${definition}.schema.json`);
  const schema: unknown = JSON.parse(await readFile(new URL(file), 'utf8'));
  return propertiesOf(propertiesOf(schema)['properties']);
}

function propertiesOf(schema: unknown): Schemas {
  const properties = isRecord(schema) ? schema['properties'] : undefined;
  return isRecord(properties) ? properties : {};
}

/** `key=` at first; once that is typed, `key=value` where the values are known. */
function assignments(schemas: Schemas, current: string): readonly string[] {
  const at = current.indexOf('=');
  if (at === -1) return Object.keys(schemas).map((key) => `${key}=`);
  const key = current.slice(0, at);
  return Object.hasOwn(schemas, key) ? valuesIn(schemas[key]).map((value) => `${key}=${value}`) : [];
}

function valuesIn(schema: unknown): readonly string[] {
  if (!isRecord(schema)) return [];
  const { enum: words, anyOf, type, const: only, default: initial } = schema;
  if (Array.isArray(words)) return words.map(asWord);
  if (only !== undefined) return [asWord(only)];
  if (Array.isArray(anyOf)) return anyOf.flatMap(valuesIn);
  if (type === 'boolean') return ['true', 'false'];
  if (type === 'null') return ['null'];
  return initial === undefined ? [] : [asWord(initial)];
}

function asWord(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
