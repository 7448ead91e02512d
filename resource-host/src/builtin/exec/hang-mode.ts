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
    const [, cause] = this.#read();
    return `${cause}; in hang mode until: andon online ${this.#resource} --clear-hang`;
  }

  /** `incarnation`: of the online that hung, or that was the last before. */
  enter(cause: string, incarnation: number): void {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    writeFileSync(this.#path, `${incarnation} ${cause}\n`, { mode: 0o600 });
  }

  clear(): void {
    rmSync(this.#path, { force: true });
  }

  /** No online of a resource has a number of before: it was a forerunner that hung, removed while no host had it open. */
  clearIfOfForerunner(incarnation: number): void {
    if (existsSync(this.#path) && this.#read()[0] >= incarnation) this.clear();
  }

  #read(): readonly [incarnation: number, cause: string] {
    const [incarnation = '', ...words] = readFileSync(this.#path, 'utf8').trim().split(' ');
    return [Number(incarnation), words.join(' ')];
  }
}
