import type { Timer } from '../../../daemon/src/ports/index.ts';

interface Entry {
  readonly atMs: number;
  readonly order: number;
  action: (() => void) | null;
}

/** Simulated time, and what is to happen in it. Of two things at the same instant the one that was asked for first comes first. */
export class Schedule {
  #nowMs = 1_000_000;
  #order = 0;
  #heap: Entry[] = [];

  /** Since the boot of the simulated machine; never goes back. */
  get nowMs(): number {
    return this.#nowMs;
  }

  get isEmpty(): boolean {
    return this.#heap.length === 0;
  }

  after(ms: number, action: () => void): Timer {
    const entry: Entry = { atMs: this.#nowMs + Math.max(0, ms), order: this.#order++, action };
    this.#push(entry);
    return {
      cancel: () => {
        entry.action = null;
      },
    };
  }

  /** Moves to the next instant at which something happens, and lets it happen. False: nothing is left. */
  step(): boolean {
    for (let entry = this.#pop(); entry; entry = this.#pop()) {
      if (!entry.action) continue;
      this.#nowMs = entry.atMs;
      const { action } = entry;
      entry.action = null;
      action();
      return true;
    }
    return false;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(entry, at(heap, parent))) break;
      heap[index] = at(heap, parent);
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(at(heap, child + 1), at(heap, child))) child++;
      if (!isBefore(at(heap, child), last)) break;
      heap[index] = at(heap, child);
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function at(heap: readonly Entry[], index: number): Entry {
  const entry = heap[index];
  if (!entry) throw new Error(`no entry ${index} in a heap of ${heap.length}`);
  return entry;
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.atMs === other.atMs ? one.order < other.order : one.atMs < other.atMs;
}
