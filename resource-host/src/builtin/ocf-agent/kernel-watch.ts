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

/** All that the kernel tells of what an agent manages: its processes, and the mount, address or route that its parameters name. */
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

  /** As the agents Filesystem, ZFS and others name it. */
  async #listenToMounts({ directory, mountpoint = directory }: Parameters): Promise<void> {
    if (typeof mountpoint !== 'string' || !mountpoint.startsWith('/')) return;
    const path = mountpoint.replace(/(.)\/+$/, '$1');
    const before = mountOn(path, readMounts());
    if (!before) return;
    const watch = await sharedMountWatch();
    this.#ends.push(
      watch.listen(() => {
        const now = mountOn(path, readMounts());
        if (now?.id !== before.id || now.isReadOnly !== before.isReadOnly) this.#tell(`the mount on ${path} has changed`);
      }),
    );
  }

  /** As IPaddr2, IPaddr, IPv6addr and Route name it. News of routes are not told apart: the agent knows its own. */
  async #listenToNetwork({ ip, ipv6addr = ip, destination }: Parameters): Promise<void> {
    const text = typeof ipv6addr === 'string' ? canonicalAddress(ipv6addr.replace(/\/\d+$/, '')) : undefined;
    if (text === undefined && destination === undefined) return;
    const network = await sharedNetwork();
    const isThere = ({ addresses }: NetworkView): boolean => addresses.some(({ address }) => address === text);
    const look = (view: NetworkView): void => {
      if (text !== undefined && !isThere(view)) this.#tell(`address ${text} is gone`);
      else if (destination !== undefined) this.#tell('the network has changed');
    };
    this.#ends.push(network.listen(look));
  }

  #tell(what: string): void {
    this.#onHint({ what });
  }
}
