/** Used until a daemon has said otherwise. */
export const DEFAULT_ORPHAN_PERIOD_MS = 600_000;

/** Notices that no daemon has been there for the orphan period. */
export class OrphanWatch {
  readonly #onOrphaned: () => void;
  #periodMs = DEFAULT_ORPHAN_PERIOD_MS;
  #timer: NodeJS.Timeout | undefined;

  constructor(onOrphaned: () => void) {
    this.#onOrphaned = onOrphaned;
  }

  /** There is no daemon (yet). Counts from the first of several calls. */
  daemonGone(): void {
    if (this.#timer || this.#periodMs === 0) return;
    this.#timer = setTimeout(this.#onOrphaned, this.#periodMs);
  }

  /** A daemon is there; `periodMs` holds from its next absence. 0 = wait for ever. */
  daemonBack(periodMs: number): void {
    this.stop();
    this.#periodMs = periodMs;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
