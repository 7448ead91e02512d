/** Everything that chance decides in a simulated world. The same seed draws the same. */
export class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to below 1 (mulberry32). */
  uniform(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.uniform() * limit);
  }

  between(from: number, to: number): number {
    return from + this.uniform() * (to - from);
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** Time to the next of events that come every `meanMs` on the average. */
  exponential(meanMs: number): number {
    return -Math.log(1 - this.uniform()) * meanMs;
  }

  pick<Element>(from: readonly Element[]): Element | undefined {
    return from[this.below(from.length)];
  }

  /** A draw of its own, so that what one part of the world draws does not shift what another draws. */
  fork(): Draw {
    return new Draw(Math.floor(this.uniform() * 2 ** 32));
  }
}
