import { type Profiler, Session } from 'node:inspector';

/** Which blocks of the product have run, as V8 counts them. */
export class Coverage {
  readonly #session = new Session();
  readonly #files: RegExp;
  readonly #seen = new Set<string>();

  constructor(files: RegExp) {
    this.#files = files;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** The blocks that have run since the last look and never before. */
  unseen(): ReadonlySet<string> {
    const found = new Set<string>();
    for (const { url, functions } of this.#take()) {
      if (!this.#files.test(url)) continue;
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) if (count > 0) found.add(`${url}:${startOffset}:${endOffset}`);
      }
    }
    return new Set([...found].filter((block) => !this.#seen.has(block)));
  }

  add(blocks: Iterable<string>): void {
    for (const block of blocks) this.#seen.add(block);
  }

  get blocks(): number {
    return this.#seen.size;
  }

  close(): void {
    this.#session.disconnect();
  }

  /** The session answers in this turn: it belongs to this very thread. */
  #take(): Profiler.ScriptCoverage[] {
    let taken: Profiler.ScriptCoverage[] = [];
    this.#session.post('Profiler.takePreciseCoverage', (error, answer) => {
      if (error) throw error;
      taken = answer.result;
    });
    return taken;
  }
}
