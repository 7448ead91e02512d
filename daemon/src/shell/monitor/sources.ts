import type { DefinitionSource } from '../../ports/index.ts';

type What = DefinitionSource['what'];

/** Which definitions came from files of the configuration directory. All others were given by command. */
export class Sources {
  readonly #files = new Map<string, string>();

  /** Null: it was given by command. */
  of(what: What, name: string): string | null {
    return this.#files.get(`${what} ${name}`) ?? null;
  }

  set(what: What, name: string, file: string | null): void {
    if (file === null) this.#files.delete(`${what} ${name}`);
    else this.#files.set(`${what} ${name}`, file);
  }

  get isEmpty(): boolean {
    return this.#files.size === 0;
  }

  /** What whoever changes this by command has to know. */
  warnings(what: What, name: string): string[] {
    const file = this.of(what, name);
    return file === null ? [] : [`${what} "${name}" comes from ${file}; the next reload brings back what that says.`];
  }
}
