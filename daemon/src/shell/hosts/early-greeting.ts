/** What a host said that was quicker than the news of its start; kept until the process is known. */
export class EarlyGreeting {
  #greet: (() => void) | null = null;

  keep(greet: () => void): void {
    this.#greet = greet;
  }

  forget(): void {
    this.#greet = null;
  }

  /** Greets now, if there was one. */
  take(): void {
    const greet = this.#greet;
    this.#greet = null;
    greet?.();
  }
}
