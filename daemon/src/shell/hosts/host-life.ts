import type { EventFields } from '@andon/protocol';
import type { Clock, HostProcess, ProcessExit, Timer } from '../../ports/index.ts';
import type { HostPlan } from './host-plan.ts';
import { DisconnectionWatch, KILL_LIMIT_MS } from './host-process.ts';

/** How long a host that was asked to end may take before it is killed. */
const POLITE_END_MS = 5_000;
const RECHECK_MS = 1_000;

/** Why the daemon ended a host. `deadlock`: the resource whose call hung, empty for a call of the host as a whole. */
export interface Doom {
  readonly reason: string;
  readonly deadlock: string | null;
}

export interface HostLifeOwner {
  exited(exit: ProcessExit, doom: Doom | null): void;
  /** Before anything is done to the process. */
  killing(fields: EventFields<'hostKilled'>, process: HostProcess): void;
  /** Killed, and not gone: no second host may be started (S42). */
  notGone(fields: EventFields<'hostNotGone'>, doom: Doom): void;
}

/** One host process from its start or adoption to its verified end. */
export class HostLife {
  readonly process: HostProcess;
  readonly #clock: Clock;
  readonly #plan: () => HostPlan;
  readonly #owner: HostLifeOwner;
  #doom: Doom | null = null;
  #watch: DisconnectionWatch | null = null;
  #timer: Timer | null = null;
  #isLeft = false;

  constructor(process: HostProcess, clock: Clock, plan: () => HostPlan, owner: HostLifeOwner) {
    this.process = process;
    this.#clock = clock;
    this.#plan = plan;
    this.#owner = owner;
  }

  /** Tells of the end of the process from now on; at once if it has ended already. */
  begin(): void {
    this.process.onExit((exit) => {
      if (this.#isLeft) return;
      this.#letGo();
      this.#owner.exited(exit, this.#doom);
    });
  }

  get pid(): number {
    return this.process.identity.pid;
  }

  /** Gives the process `ms`, then kills it. A later limit takes the place of an earlier one. */
  limit(ms: number, reason: string): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.after(ms, () => this.kill(reason, null));
  }

  unlimit(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** Its connection is broken: it may come back, has ended unseen, or stays away too long and is killed. */
  watchDisconnected(reason: string): void {
    this.connected();
    this.#watch = new DisconnectionWatch(this.#clock, this.process, () => this.kill(reason, null));
  }

  connected(): void {
    this.#watch?.stop();
    this.#watch = null;
  }

  /** Ends the process by its kill scope and makes sure that it is gone. */
  kill(reason: string, deadlock: string | null): void {
    if (this.#doom) return;
    this.#doom = { reason, deadlock };
    const { killScope } = this.#plan();
    this.#owner.killing({ pid: this.pid, reason, scope: killScope }, this.process);
    void this.process.kill(killScope, KILL_LIMIT_MS).then((result) => {
      if (result === 'gone') this.process.checkExit();
      else this.#outlived();
    });
  }

  /** It was told goodbye, or is asked now by a signal; it has a few seconds. */
  expectEnd(isToldGoodbye: boolean): void {
    if (!isToldGoodbye) this.process.requestExit();
    this.watchDisconnected('did not end');
    this.limit(POLITE_END_MS, `did not end within ${POLITE_END_MS} ms`);
  }

  /** Ends what a process that ended by itself may have left in its kill scope. */
  async clearLeftovers(): Promise<void> {
    await this.process.kill(this.#plan().killScope, KILL_LIMIT_MS);
  }

  /** Looks at this process no more; it goes on without this daemon. */
  leave(): void {
    this.#isLeft = true;
    this.#letGo();
  }

  #letGo(): void {
    this.unlimit();
    this.connected();
  }

  #outlived(): void {
    if (this.process.checkExit() || !this.#doom) return;
    this.#owner.notGone({ pid: this.pid, reason: `still there ${KILL_LIMIT_MS} ms after SIGKILL; no second host is started` }, this.#doom);
    const recheck = (): void => {
      this.#timer = this.#clock.after(RECHECK_MS, () => {
        if (!this.process.checkExit()) recheck();
      });
    };
    recheck();
  }
}
