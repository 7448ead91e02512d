import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Whether an entry point of a resource has not returned in time. A file: it outlives the host and the daemon. */
export class HangMode {
  readonly #path: string;
  readonly #resource: string;
  /** What a full disk did not take. */
  #unwritten: string | undefined;

  constructor(stateDirectory: string, resource: string) {
    this.#path = join(stateDirectory, 'exec', `${resource}.hung`);
    this.#resource = resource;
  }

  /** What to tell of it; null when the resource is not in hang mode. */
  get words(): string | null {
    if (!this.#isEntered()) return null;
    const [, cause] = this.#read();
    return `${cause}; in hang mode until: andon online ${this.#resource} --clear-hang`;
  }

  /** `incarnation`: of the online that hung, or that was the last before. */
  enter(cause: string, incarnation: number): void {
    const line = `${incarnation} ${cause}\n`;
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      writeFileSync(this.#path, line, { mode: 0o600 });
    } catch (error) {
      this.#unwritten = line;
      process.stderr.write(`${this.#path} cannot be written, so the next host will not know of the hang mode: ${String(error)}\n`);
    }
  }

  clear(): void {
    this.#unwritten = undefined;
    rmSync(this.#path, { force: true });
  }

  /** No online of a resource has a number of before: it was a forerunner that hung, removed while no host had it open. */
  clearIfOfForerunner(incarnation: number): void {
    if (this.#isEntered() && this.#read()[0] >= incarnation) this.clear();
  }

  #isEntered(): boolean {
    return this.#unwritten !== undefined || existsSync(this.#path);
  }

  #read(): readonly [incarnation: number, cause: string] {
    const [incarnation = '', ...words] = (this.#unwritten ?? readFileSync(this.#path, 'utf8')).trim().split(' ');
    return [Number(incarnation), words.join(' ')];
  }
}
