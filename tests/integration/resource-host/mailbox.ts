/** What arrived and what is waited for. Tests take from it in any order; nothing is lost while nobody waits. */
export class Mailbox<Item> {
  readonly #items: Item[] = [];
  readonly #name: string;
  #wake = Promise.withResolvers<void>();

  constructor(name: string) {
    this.#name = name;
  }

  push(item: Item): void {
    this.#items.push(item);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  /** Takes the first item that `wanted` accepts, now or when it comes. Rejects with what came instead. */
  async take(wanted: (item: Item) => boolean = () => true, limitMs = 10_000): Promise<Item> {
    const endsAt = performance.now() + limitMs;
    for (;;) {
      const index = this.#items.findIndex(wanted);
      const [found] = index === -1 ? [] : this.#items.splice(index, 1);
      if (found !== undefined) return found;
      if (!(await this.#arrival(endsAt - performance.now()))) {
        throw new Error(`${this.#name}: not within ${limitMs} ms; there is ${JSON.stringify(this.#items)}`);
      }
    }
  }

  /** What waits now and is accepted, without taking it. */
  peek(wanted: (item: Item) => boolean = () => true): Item[] {
    return this.#items.filter(wanted);
  }

  async #arrival(limitMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), Math.max(0, limitMs));
    void this.#wake.promise.then(() => resolve(true));
    const arrived = await promise;
    clearTimeout(timer);
    return arrived;
  }
}
