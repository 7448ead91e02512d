/** At most so many hosts start at once, so that a thousand of them do not starve each other past their limits. */
export class StartGate {
  readonly #places: number;
  #taken = 0;
  readonly #waiting = new Set<() => void>();

  constructor(places: number) {
    this.#places = places;
  }

  /** Calls `start` once there is a place; answers how to give it back, or to stop waiting for it. Giving back twice does nothing. */
  enter(start: () => void): () => void {
    let state: 'waiting' | 'inside' | 'left' = 'waiting';
    const admitted = (): void => {
      state = 'inside';
      this.#taken++;
      start();
    };
    if (this.#taken < this.#places) admitted();
    else this.#waiting.add(admitted);
    return () => {
      if (state === 'waiting') this.#waiting.delete(admitted);
      if (state === 'inside') {
        this.#taken--;
        this.#admitNext();
      }
      state = 'left';
    };
  }

  #admitNext(): void {
    const [next] = this.#waiting;
    if (!next || this.#taken >= this.#places) return;
    this.#waiting.delete(next);
    next();
  }
}
