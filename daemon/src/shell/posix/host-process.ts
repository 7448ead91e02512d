import type { ChildProcess } from 'node:child_process';
import type { KillScope, ProcessExamination } from '@andon/protocol';
import type { Clock, HostProcess, ProcessExit, ProcessIdentity } from '../../ports/index.ts';
import type { HostCgroups } from './cgroup.ts';
import type { Examiner } from './examination.ts';
import { livingFacts, signalExactly } from './process-identity.ts';
import { killScope } from './process-tree.ts';

export interface HostOrigin {
  readonly identity: ProcessIdentity;
  /** Whether its pid is also the number of its process group. */
  readonly leadsGroup: boolean;
  /** Null for an adopted process, whose exit nobody reports. */
  readonly child: ChildProcess | null;
  /** Shared by all hosts, since all of them wait for it. */
  readonly examiner: Examiner;
}

/** A host process of this daemon, or of the one before it. */
export class PosixHostProcess implements HostProcess {
  readonly kind = 'process';
  readonly identity: ProcessIdentity;
  readonly #clock: Clock;
  readonly #origin: HostOrigin;
  #cgroups: HostCgroups | null = null;
  #cgroup: string | null = null;
  #exit: ProcessExit | null = null;
  #listeners: ((exit: ProcessExit) => void)[] = [];

  constructor(clock: Clock, origin: HostOrigin) {
    this.identity = origin.identity;
    this.#clock = clock;
    this.#origin = origin;
    const { child } = origin;
    // What it failed at (a signal, say) is seen by whoever looks whether it is gone.
    child?.on('error', () => undefined);
    child?.once('exit', (code, signal) => {
      // A signalled child has no code.
      this.#tell(code === null ? { kind: 'signalled', signal: signal ?? 'an unknown signal' } : { kind: 'exited', code });
    });
    // A host does not keep a daemon alive that ends without it.
    child?.unref();
  }

  /** From now on a kill of the tree reaches this cgroup, and it is removed when the host is gone. */
  owns(cgroups: HostCgroups, cgroup: string): void {
    this.#cgroups = cgroups;
    this.#cgroup = cgroup;
    if (this.#exit) this.#releaseCgroup();
  }

  onExit(listener: (exit: ProcessExit) => void): void {
    if (this.#exit) listener(this.#exit);
    else this.#listeners.push(listener);
  }

  checkExit(): boolean {
    if (this.#exit) return true;
    if (livingFacts(this.identity)) return false;
    // How a child ended is told by its exit event, which follows in this or the next turn.
    if (!this.#origin.child) this.#tell({ kind: 'gone' });
    return true;
  }

  examine(): ProcessExamination | null {
    return this.#exit ? null : this.#origin.examiner.examine(this.identity, this.#cgroup);
  }

  async kill(scope: KillScope, limitMs: number): Promise<'gone' | 'notGone'> {
    const { identity, leadsGroup, child } = this.#origin;
    child?.ref();
    const outcome = await killScope(this.#clock, { identity, leadsGroup, cgroup: this.#cgroup }, scope, limitMs);
    if (this.checkExit() && !this.#exit) await new Promise<void>((resolve) => this.onExit(() => resolve()));
    child?.unref();
    this.#releaseCgroup();
    return outcome;
  }

  requestExit(): void {
    signalExactly(this.identity, 'SIGTERM');
  }

  #tell(exit: ProcessExit): void {
    if (this.#exit) return;
    this.#exit = exit;
    this.#releaseCgroup();
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener(exit);
  }

  #releaseCgroup(): void {
    if (this.#cgroup !== null && this.#exit) this.#cgroups?.remove(this.#cgroup);
  }
}
