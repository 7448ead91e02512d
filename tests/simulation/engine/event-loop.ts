import type { Timer } from '../../../daemon/src/ports/index.ts';
import type { Draw } from './draw.ts';
import type { Schedule } from './schedule.ts';

/** Longest that the loop is away from its work, ms, now and then: a page fault, a slow disk, a neighbour. */
const LONG_PAUSE_MS = 50;

/**
 * The loop of one simulated process: what became readable, then what was put off until everything readable is read. Every
 * callback is a step of its own, so that promises settle between two of them as they do in Node.
 */
export class EventLoop {
  readonly #schedule: Schedule;
  readonly #draw: Draw;
  #readable: (() => void)[] = [];
  #afterReading: (() => void)[] = [];
  #checks: (() => void)[] = [];
  #isAwake = false;
  #isEnded = false;
  #stoppedUntilMs = 0;
  timers = 0;

  constructor(schedule: Schedule, draw: Draw) {
    this.#schedule = schedule;
    this.#draw = draw;
  }

  /** The process is gone: nothing of it ever runs again. */
  end(): void {
    this.#isEnded = true;
    this.#readable = [];
    this.#afterReading = [];
    this.#checks = [];
  }

  /** SIGSTOP, and SIGCONT after `ms`. */
  stop(ms: number): void {
    this.#stoppedUntilMs = this.#schedule.nowMs + ms;
  }

  /** Something is there to be read, or is due. */
  post(action: () => void): void {
    if (this.#isEnded) return;
    this.#readable.push(action);
    this.#wake(this.#draw.chance(0.002) ? this.#draw.between(0, LONG_PAUSE_MS) : this.#draw.between(0, 0.05));
  }

  after(ms: number, action: () => void): Timer {
    this.timers++;
    let isOver = false;
    const over = (): boolean => {
      if (isOver) return false;
      isOver = true;
      this.timers--;
      return true;
    };
    const timer = this.#schedule.after(ms, () =>
      this.post(() => {
        if (over()) action();
      }),
    );
    return {
      cancel: () => {
        if (over()) timer.cancel();
      },
    };
  }

  afterReading(action: () => void): void {
    if (this.#isEnded) return;
    this.#afterReading.push(action);
    this.#wake(0);
  }

  #wake(afterMs: number): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    this.#schedule.after(Math.max(afterMs, this.#stoppedUntilMs - this.#schedule.nowMs), () => this.#next());
  }

  #next(): void {
    this.#isAwake = false;
    if (this.#isEnded) return;
    if (this.#stoppedUntilMs > this.#schedule.nowMs) return this.#wake(0);
    const action = this.#checks.shift() ?? this.#readable.shift();
    if (action) action();
    else {
      this.#checks = this.#afterReading;
      this.#afterReading = [];
    }
    if (!this.#isEnded && this.#checks.length + this.#readable.length + this.#afterReading.length > 0) this.#wake(0);
    return undefined;
  }
}
