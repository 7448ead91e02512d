import type { ChildProcess } from 'node:child_process';
import type { KillScope } from '@andon/protocol';
import type { Clock, HostProcess, ProcessExit, ProcessIdentity } from '../../ports/index.ts';
import { livingFacts, signalExactly } from './process-identity.ts';
import { killScope, type Victim } from './process-tree.ts';

/** A host process of this daemon, or of the one before it. */
export class PosixHostProcess implements HostProcess {
  readonly kind = 'process';
  readonly identity: ProcessIdentity;
  readonly #clock: Clock;
  readonly #victim: Victim;
  readonly #child: ChildProcess | null;
  readonly #release: () => void;
  #exit: ProcessExit | null = null;
  #listeners: ((exit: ProcessExit) => void)[] = [];

  /**
   * @param child null for an adopted process, whose exit nobody reports
   * @param release lets go of what was set up for it; may be called more than once
   */
  constructor(clock: Clock, victim: Victim, child: ChildProcess | null, release: () => void) {
    this.identity = victim.identity;
    this.#clock = clock;
    this.#victim = victim;
    this.#child = child;
    this.#release = release;
    // What it failed at (a signal, say) is seen by whoever looks whether it is gone.
    child?.on('error', () => undefined);
    child?.once('exit', (code, signal) => {
      // A signalled child has no code.
      this.#tell(code === null ? { kind: 'signalled', signal: signal ?? 'an unknown signal' } : { kind: 'exited', code });
    });
    // Nor may a host keep a daemon alive that ends without it.
    child?.unref();
  }

  onExit(listener: (exit: ProcessExit) => void): void {
    if (this.#exit) listener(this.#exit);
    else this.#listeners.push(listener);
  }

  checkExit(): boolean {
    if (this.#exit) return true;
    if (livingFacts(this.identity)) return false;
    // How a child ended is told by its exit event, which follows in this or the next turn.
    if (!this.#child) this.#tell({ kind: 'gone' });
    return true;
  }

  async kill(scope: KillScope, limitMs: number): Promise<'gone' | 'notGone'> {
    this.#child?.ref();
    const outcome = await killScope(this.#clock, this.#victim, scope, limitMs);
    if (this.checkExit() && !this.#exit) await new Promise<void>((resolve) => this.onExit(() => resolve()));
    this.#child?.unref();
    this.#release();
    return outcome;
  }

  requestExit(): void {
    signalExactly(this.identity, 'SIGTERM');
  }

  #tell(exit: ProcessExit): void {
    if (this.#exit) return;
    this.#exit = exit;
    this.#release();
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener(exit);
  }
}
