import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ResourceName, TypeName } from '@andon/protocol';
import { isThere, NewHost, TOOLCHAINS } from '../support/new-host.ts';
import type { ChaosDaemon } from './daemon.ts';

const ROOT = join(import.meta.dirname, '../..');
const HOSTS = join(import.meta.dirname, 'hosts');
const OF_EACH_TYPE = 20;
/** Every failure is followed by a restart, at once and for ever. */
const RESTARTS = { RestartDelay: 1, RestartThreshold: 1_000_000 };
/** A host that hangs is to be found within a run; a host on a busy machine is not to be taken for one. */
const LIMITS = { DeadlockTimeout: 10_000, TerminateTimeout: 8_000 };
const LEDGERED = ['ts', 'python'];

/** In each five of a type the last one depends on the one before it. */
const FIVE = 5;
const PLACE_OF_PROVIDER = 3;
const PLACE_OF_DEPENDENT = 4;

/** What the driver knows of a resource. `sleep`: the seconds by which its program is found; null = its host keeps a ledger. */
export interface Member {
  readonly name: ResourceName;
  readonly type: string;
  readonly sleep: string | null;
}

/** Whom a resource of the fleet depends on, or null. */
export function providerOf(resource: string): string | null {
  const [type, index] = split(resource);
  return index % FIVE === PLACE_OF_DEPENDENT ? `${type}-${index - 1}` : null;
}

/** Nobody depends on it. */
export function isAlone({ name }: Member): boolean {
  return split(name)[1] % FIVE !== PLACE_OF_PROVIDER;
}

function split(resource: string): [type: string, index: number] {
  const dash = resource.lastIndexOf('-');
  return [resource.slice(0, dash), Number(resource.slice(dash + 1))];
}

export function availableHosts(): string[] {
  return [...TOOLCHAINS.filter(isThere).map(({ language }) => language), 'generic-application'];
}

/** Registers the types and brings all resources online; in each type some depend on others. */
export async function startFleet(daemon: ChaosDaemon, hosts: readonly string[]): Promise<Member[]> {
  for (const name of ['orders', 'claims']) mkdirSync(join(daemon.folder, name));
  const fleet: Member[] = [];
  for (const host of hosts) {
    if (LEDGERED.includes(host)) fleet.push(...(await addLedgered(daemon, host)));
    if (host !== 'ts') fleet.push(...(await addPrograms(daemon, host)));
  }
  for (const { name } of fleet) await daemon.request('online', { names: [name] });
  return fleet;
}

/** Resources that exist in their host alone, and enter all that happens to them in the ledger. */
async function addLedgered(daemon: ChaosDaemon, language: string): Promise<Member[]> {
  const type = TypeName.parse(`ledger-${language}`);
  const file = join(HOSTS, `ledger-host.${language === 'ts' ? 'ts' : 'py'}`);
  const command = language === 'ts' ? [process.execPath, join(ROOT, 'resource-host/bin/andon-resource-host.js'), file] : ['python3', file];
  const env = {
    CHAOS_LEDGER: join(daemon.folder, 'ledger'),
    CHAOS_ORDERS: join(daemon.folder, 'orders'),
    CHAOS_CLAIMS: join(daemon.folder, 'claims'),
    CHAOS_TYPE: type,
  };
  await daemon.request('typeRegister', { type: { name: type, command, env, properties: LIMITS } });
  return addResources(daemon, type, () => null);
}

/** Resources that are programs, of a host made by `andon host new` or of the built-in one. */
async function addPrograms(daemon: ChaosDaemon, host: string): Promise<Member[]> {
  const type = TypeName.parse(host === 'generic-application' ? host : `program-${host}`);
  if (type !== host) await registerTemplate(daemon, host, type);
  const first = (process.pid % 100_000) * 10_000 + 1_000 * availableHosts().indexOf(host);
  return addResources(daemon, type, (index) => String(first + index));
}

async function registerTemplate(daemon: ChaosDaemon, language: string, type: TypeName): Promise<void> {
  const toolchain = TOOLCHAINS.find((one) => one.language === language);
  if (!toolchain || !isThere(toolchain)) throw new Error(`no host in ${language}; there are: ${availableHosts().join(', ')}`);
  const made = await NewHost.built(daemon.folder, toolchain, type);
  const { code, output } = await daemon.andon('apply', '-f', made.manifest);
  if (code !== 0) throw new Error(`the type of ${language} is refused: ${output}`);
  // The template brings one resource along; only its type is wanted here.
  await daemon.request('resourceRemove', { name: ResourceName.parse(`${type}-1`) });
}

async function addResources(daemon: ChaosDaemon, type: TypeName, sleepOf: (index: number) => string | null): Promise<Member[]> {
  const members: Member[] = [];
  for (let index = 0; index < OF_EACH_TYPE; index++) {
    const name = ResourceName.parse(`${type}-${index}`);
    const sleep = sleepOf(index);
    const set =
      sleep === null ? {} : type === 'generic-application' ? { command: 'sleep', args: [sleep] } : { command: `exec sleep ${sleep}` };
    const dependsOn = index % FIVE === PLACE_OF_DEPENDENT ? `[${members.at(-1)?.name}]` : '';
    await daemon.request('resourceAdd', { resource: { name, type, set, properties: RESTARTS, dependsOn } });
    members.push({ name, type, sleep });
  }
  return members;
}
