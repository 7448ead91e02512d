import { sharedExitWatch } from '../shared/exit-watch/exit-watch.ts';
import { type ProcessIdentity, readProcess } from '../shared/identity.ts';
import { type Tree, membersOfTree } from '../shared/process-tree.ts';

/**
 * The processes that start has left running, without those that these have started themselves: the end of any of them is told by
 * the kernel. An agent needs no pid file for that.
 */
export class ProcessWatch {
  readonly #onExit: (process: ProcessIdentity) => void;
  readonly #ends = new Map<string, () => void>();

  constructor(onExit: (process: ProcessIdentity) => void) {
    this.#onExit = onExit;
  }

  get pids(): readonly string[] {
    return [...this.#ends.keys()].map((key) => key.split(' ')[0] ?? '');
  }

  /** Looks which there are now; those that are watched already go on being watched. */
  async look(tree: Tree): Promise<void> {
    const members = await membersOfTree(tree);
    const pids = new Set(members.map(({ pid }) => pid));
    const watch = await sharedExitWatch();
    for (const member of members) {
      const parent = readProcess(member.pid)?.parent;
      const key = `${member.pid} ${member.startTime}`;
      if ((parent !== undefined && pids.has(parent)) || this.#ends.has(key)) continue;
      // It may have ended: then the callback comes at once.
      let hasEnded = false;
      const end = watch.watch(member, () => {
        hasEnded = true;
        this.#ends.delete(key);
        this.#onExit(member);
      });
      if (!hasEnded) this.#ends.set(key, end);
    }
  }

  end(): void {
    for (const end of this.#ends.values()) end();
    this.#ends.clear();
  }
}
