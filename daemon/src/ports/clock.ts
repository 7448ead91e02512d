/** A pending action; cancelling one that ran, or cancelling twice, does nothing. */
export interface Timer {
  cancel(): void;
}

/** All that the daemon knows of time. */
export interface Clock {
  /** Wall clock, ms since 1970. For display and for what must survive a restart; never for durations. */
  wallMs(): number;
  /** CLOCK_MONOTONIC in ms with fractions; comparable between processes of one boot. */
  monotonicMs(): number;
  /**
   * Runs `action` once after `ms`, and after everything that could be read by then has been read: whoever was stopped for a while hears
   * the answers that came meanwhile before it calls them late. A delay of 0 still waits for the next turn. Keeps the process alive.
   */
  after(ms: number, action: () => void): Timer;
  /** Runs `action` once everything that is readable in this turn has been read. */
  afterReading(action: () => void): void;
}
