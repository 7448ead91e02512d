import type { EventHandle, EventHandles } from '../../../daemon/src/ports/index.ts';
import type { DaemonLife } from '../actors/daemon-life.ts';
import type { World } from '../engine/world.ts';
import { Pipe } from '../kernel/pipe.ts';

/** As much as one read takes at most. */
const BUFFER_BYTES = 65_536;

export class SimulatedEventHandles implements EventHandles {
  readonly #world: World;
  readonly #life: DaemonLife;

  constructor(world: World, life: DaemonLife) {
    this.#world = world;
    this.#life = life;
  }

  async create(name: string): Promise<EventHandle> {
    await this.#life.sometime();
    this.#life.passage('before pipe');
    const path = `/run/andon/ev/${name}`;
    const pipe = new Pipe(path);
    if (this.#life.isAlive) this.#world.machine.pipes.set(path, pipe);
    this.#life.passage('after pipe');
    return new SimulatedEventHandle(this.#world, this.#life, pipe);
  }

  async reopen(name: string, hostPid: number): Promise<EventHandle | null> {
    await this.#life.sometime();
    this.#life.passage('before reopening a pipe');
    const path = `/run/andon/ev/${name}`;
    const process = this.#world.machine.processes.get(hostPid);
    const atPath = this.#world.machine.pipes.get(path);
    const pipe = process && atPath?.isHeldBy(process) ? atPath : process?.inherited;
    if (!pipe || pipe.path !== path) return null;
    return new SimulatedEventHandle(this.#world, this.#life, pipe);
  }
}

/** A pipe as one daemon has it open. */
export class SimulatedEventHandle implements EventHandle {
  readonly path: string;
  readonly uid = null;
  readonly pipe: Pipe;
  readonly #world: World;
  readonly #life: DaemonLife;
  #listener: ((bytes: Uint8Array) => void) | null = null;
  #isPaused = false;
  #isPosted = false;
  #isClosed = false;

  constructor(world: World, life: DaemonLife, pipe: Pipe) {
    this.#world = world;
    this.#life = life;
    this.pipe = pipe;
    this.path = pipe.path;
    if (life.isAlive) pipe.hold(life);
  }

  read(listener: (bytes: Uint8Array) => void): void {
    if (this.#isClosed || !this.#life.isAlive) return;
    this.#listener = listener;
    this.pipe.watch(() => this.#readable());
    this.#readable();
  }

  drain(limitBytes: number): void {
    let left = limitBytes;
    while (left > 0 && this.pipe.waitingBytes > 0 && this.#isHeard()) left -= this.#take(Math.min(left, BUFFER_BYTES));
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#readable();
  }

  isIntact(): boolean {
    return !this.#isClosed && this.#world.machine.pipes.get(this.path) === this.pipe;
  }

  close(): void {
    if (this.#isClosed || !this.#life.isAlive) return;
    this.#isClosed = true;
    this.#listener = null;
    this.pipe.watch(null);
    this.pipe.letGo(this.#life);
  }

  remove(): void {
    if (this.isIntact() && this.#life.isAlive) this.#world.machine.pipes.delete(this.path);
    this.close();
  }

  #isHeard(): boolean {
    return this.#listener !== null && !this.#isClosed && this.#life.isAlive;
  }

  #readable(): void {
    if (this.#isPosted || this.#isPaused || this.pipe.waitingBytes === 0) return;
    this.#isPosted = true;
    this.#life.loop.post(() => {
      this.#isPosted = false;
      if (this.#isPaused || !this.#isHeard()) return;
      // A read may end anywhere, also within a record; the rest is another read.
      const { draw } = this.#world;
      this.#take(draw.chance(0.2) ? 1 + draw.below(40) : BUFFER_BYTES);
      this.#readable();
    });
  }

  #take(limitBytes: number): number {
    const bytes = this.pipe.read(limitBytes);
    this.#life.passage('after reading a pipe');
    if (this.#life.isAlive) this.#listener?.(bytes);
    this.#life.passage('after the records were taken');
    return bytes.length;
  }
}
