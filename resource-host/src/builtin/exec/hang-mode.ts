import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Whether an entry point of a resource has not returned in time. A file: it outlives the host and the daemon. */
export class HangMode {
  readonly #path: string;
  readonly #resource: string;

  constructor(stateDirectory: string, resource: string) {
    this.#path = join(stateDirectory, 'exec', `${resource}.hung`);
    this.#resource = resource;
  }

  /** What to tell of it; null when the resource is not in hang mode. */
  get words(): string | null {
    if (!existsSync(this.#path)) return null;
    const cause = readFileSync(this.#path, 'utf8').trim();
    return `${cause}; in hang mode until: andon online ${this.#resource} --clear-hang`;
  }

  enter(cause: string): void {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    writeFileSync(this.#path, `${cause}\n`, { mode: 0o600 });
  }

  clear(): void {
    rmSync(this.#path, { force: true });
  }
}
