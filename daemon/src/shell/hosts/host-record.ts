import { type AfterDeath, afterDeath, backOff, type HostHistory, NO_HISTORY } from '../../core/hosts/death.ts';
import type { Clock, Timer } from '../../ports/index.ts';

/** How often the process of a slot has died, and the pause that follows from it. */
export class HostRecord {
  /** When the next process may start; null while nothing is awaited. */
  nextStartAtMs: number | null = null;
  readonly #clock: Clock;
  #history: HostHistory = NO_HISTORY;
  #timer: Timer | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get deaths(): number {
    return this.#history.deaths.length;
  }

  /** A process that had said hello died. */
  died(death: {
    readonly culprits: readonly string[];
    readonly aliveMs: number;
    readonly isDeadlock: boolean;
    readonly resources: readonly string[];
  }): AfterDeath {
    const { culprits, aliveMs, isDeadlock, resources } = death;
    const after = afterDeath(this.#history, { atMs: this.#clock.monotonicMs(), culprits, aliveMs, deadlock: isDeadlock, resources });
    this.#history = after.history;
    return after;
  }

  /** A process died before its hello. That says nothing of any resource, so nobody is kept apart; only a host of one is given up. */
  diedEarly(resources: readonly string[]): { readonly quarantine: boolean } {
    const after = this.died({ culprits: [], aliveMs: 0, isDeadlock: false, resources: resources.slice(0, 1) });
    return { quarantine: after.quarantine && resources.length <= 1 };
  }

  /** A process could not be started. Not a death; answers how long until the next try. */
  couldNotStart(): number {
    this.#history = { ...this.#history, inARow: this.#history.inARow + 1 };
    return backOff(this.#history.inARow);
  }

  /** The pause after what was recorded last. */
  get pauseMs(): number {
    return backOff(this.#history.inARow);
  }

  pause(ms: number, over: () => void): void {
    this.stop();
    this.nextStartAtMs = this.#clock.monotonicMs() + ms;
    this.#timer = this.#clock.after(ms, () => {
      this.stop();
      over();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.nextStartAtMs = null;
  }

  forgive(): void {
    this.#history = NO_HISTORY;
  }
}
