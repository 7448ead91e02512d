import type { Clock, Timer } from '../../../daemon/src/ports/index.ts';
import type { World } from '../engine/world.ts';
import type { EventLoop } from '../engine/event-loop.ts';

/** Simulated time, as one process sees it. */
export class SimulatedClock implements Clock {
  readonly #world: World;
  readonly #loop: EventLoop;

  constructor(world: World, loop: EventLoop) {
    this.#world = world;
    this.#loop = loop;
  }

  wallMs(): number {
    return Math.floor(this.#world.schedule.nowMs + this.#world.wallOffsetMs);
  }

  monotonicMs(): number {
    return this.#world.schedule.nowMs;
  }

  after(ms: number, action: () => void): Timer {
    return this.#loop.after(ms, action);
  }

  afterReading(action: () => void): void {
    this.#loop.afterReading(action);
  }
}
