/** What was injected of one kind. */
interface Injected {
  times: number;
  failures: number;
  worstMs: number;
}

/** Counts for the report, by kind of fault. */
export class Tally {
  readonly #kinds = new Map<string, Injected>();

  /** `failures`: resources that were made to fail meanwhile; `recoveryMs`: from the first fault of its round until all was well. */
  add(kind: string, failures: number, recoveryMs: number): void {
    const known = this.#kinds.get(kind) ?? { times: 0, failures: 0, worstMs: 0 };
    known.times++;
    known.failures += failures;
    known.worstMs = Math.max(known.worstMs, recoveryMs);
    this.#kinds.set(kind, known);
  }

  get faults(): number {
    return [...this.#kinds.values()].reduce((sum, { times }) => sum + times, 0);
  }

  lines(): string[] {
    const head = `${'fault'.padEnd(22)}${'times'.padStart(7)}${'failures meanwhile'.padStart(20)}${'worst recovery'.padStart(16)}`;
    const rows = [...this.#kinds].toSorted(([a], [b]) => a.localeCompare(b));
    return [
      head,
      ...rows.map(([kind, { times, failures, worstMs }]) => {
        const seconds = `${(worstMs / 1000).toFixed(1)} s`;
        return `${kind.padEnd(22)}${String(times).padStart(7)}${String(failures).padStart(20)}${seconds.padStart(16)}`;
      }),
    ];
  }
}
