import type { ProcessIdentity } from '../shared/identity.ts';
import { mountOn, readMounts } from '../shared/mount-table/mount-table.ts';
import { sharedMountWatch } from '../shared/mount-table/mount-watch.ts';
import type { Tree } from '../shared/process-tree.ts';
import { canonicalAddress } from '../shared/rtnetlink/messages.ts';
import { type NetworkView, sharedNetwork } from '../shared/rtnetlink/network.ts';
import { ProcessWatch } from './process-watch.ts';
import type { AgentProperties } from './properties.ts';

/** Something that may be a failure, and the process whose end it was. */
export interface Hint {
  readonly what: string;
  readonly process?: ProcessIdentity;
}

type Parameters = AgentProperties['parameters'];

/** An address, with its prefix or without, or the name of an interface. */
const MAY_BE_OF_NETWORK = /^[\w.:@-]+(\/\d+)?$/;

/** All that the kernel tells of what an agent manages: its processes, and the mounts, addresses, interfaces and routes that its parameters name. */
export class KernelWatch {
  readonly #processes: ProcessWatch;
  readonly #onHint: (hint: Hint) => void;
  readonly #ends: (() => void)[] = [];

  constructor(onHint: (hint: Hint) => void) {
    this.#onHint = onHint;
    this.#processes = new ProcessWatch((process) => onHint({ what: `pid ${process.pid} has ended`, process }));
  }

  get pids(): readonly string[] {
    return this.#processes.pids;
  }

  /** Where the kernel cannot be listened to, the monitors of the agent have to do. */
  async begin(tree: Tree, parameters: Parameters): Promise<void> {
    await this.look(tree);
    await Promise.all([this.#listenToMounts(parameters), this.#listenToNetwork(parameters)]).catch((error: unknown) => {
      process.stderr.write(`ocf-agent: ${String(error)}; its monitors have to do\n`);
    });
  }

  /** Watches the processes that there are now. */
  look(tree: Tree): Promise<void> {
    return this.#processes.look(tree);
  }

  end(): void {
    this.#processes.end();
    for (const end of this.#ends.splice(0)) end();
  }

  /** A parameter that is a mount point, such as `directory` of Filesystem, is one that the agent looks after. */
  async #listenToMounts(parameters: Parameters): Promise<void> {
    const paths = textsOf(parameters).flatMap((text) => (text.startsWith('/') ? text.replace(/(.)\/+$/, '$1') : []));
    const mounts = readMounts();
    const before = paths.flatMap((path) => mountOn(path, mounts) ?? []);
    if (before.length === 0) return;
    const watch = await sharedMountWatch();
    this.#ends.push(
      watch.listen(() => {
        const all = readMounts();
        for (const { directory, id, isReadOnly } of before) {
          const now = mountOn(directory, all);
          if (now?.id !== id || now.isReadOnly !== isReadOnly) this.#tell(`the mount on ${directory} has changed`);
        }
      }),
    );
  }

  /** So is one that is an address or an interface of this machine. Routes are not told apart: their agent knows its own. */
  async #listenToNetwork(parameters: Parameters): Promise<void> {
    const hasRoute = parameters['destination'] !== undefined;
    const texts = textsOf(parameters).filter((text) => MAY_BE_OF_NETWORK.test(text));
    if (!hasRoute && texts.length === 0) return;
    const network = await sharedNetwork();
    let known = factsOf(texts, await network.fresh());
    if (!hasRoute && known.size === 0) return;
    const look = (view: NetworkView): void => {
      const before = known;
      known = factsOf(texts, view);
      const changed = [...before].filter(([text, fact]) => known.get(text) !== fact).map(([text]) => text);
      for (const text of changed) this.#tell(known.has(text) ? `${text} has changed` : `${text} is gone`);
      if (hasRoute && changed.length === 0) this.#tell('the network has changed');
    };
    this.#ends.push(network.listen(look));
  }

  #tell(what: string): void {
    this.#onHint({ what });
  }
}

function textsOf(parameters: Parameters): string[] {
  return Object.values(parameters).filter((value) => typeof value === 'string');
}

/** What the kernel knows of those of these texts that name something. */
function factsOf(texts: readonly string[], { links, addresses }: NetworkView): Map<string, string> {
  const facts = new Map<string, string>();
  for (const text of texts) {
    const link = links.find(({ name }) => name === text);
    const canonical = canonicalAddress(text.replace(/\/\d+$/, ''));
    if (link) facts.set(text, `interface ${link.index}, up ${link.isUp}, carrier ${link.hasCarrier}`);
    else if (canonical !== undefined && addresses.some(({ address }) => address === canonical)) facts.set(text, 'address');
  }
  return facts;
}
