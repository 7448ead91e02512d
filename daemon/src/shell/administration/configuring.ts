/** Changes of the configuration as a whole, and what is wrong with its files. */
export class Configuring {
  /** Why the files were last refused; null once they were taken. */
  trouble: string | null = null;
  #last: Promise<unknown> = Promise.resolve();

  /** One at a time: a plan holds for what it was made for. */
  inTurn<T>(action: () => Promise<T>): Promise<T> {
    const done = this.#last.then(action);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
