import type { ControlClient } from './client.ts';

/** Follows events before anything is asked, so that none can be missed. */
export async function followChanges(client: ControlClient): Promise<Changes> {
  const changes = new Changes();
  await client.follow({ onEvent: () => changes.mark(), onGap: () => changes.mark() });
  void client.ended.then(() => changes.fail(client.lost('status')));
  return changes;
}

/** Remembers that something happened since it was last asked, so that no change falls between two looks. */
export class Changes {
  #pending = false;
  #failed: Error | undefined;
  #wake: () => void = () => {};

  mark(): void {
    this.#pending = true;
    this.#wake();
  }

  /** The connection is over; whoever waits hears it. */
  fail(error: Error): void {
    this.#failed = error;
    this.#wake();
  }

  /** Resolves with the next change, or at `untilMs`. */
  async next(untilMs: number | null): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    if (this.#pending || this.#failed) resolve();
    const timer = untilMs === null ? undefined : setTimeout(resolve, Math.min(Math.max(0, untilMs - Date.now()), 0x7fff_ffff));
    await promise;
    clearTimeout(timer);
    this.#pending = false;
    if (this.#failed) throw this.#failed;
  }
}
