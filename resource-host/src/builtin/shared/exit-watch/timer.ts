import { isRunning, type ProcessIdentity } from '../identity.ts';

const LOOK_EVERY_MS = 1_000;

/** The fallback where the kernel has no pidfd or Node no ffi: one timer looks at all processes. */
export class TimerExitWatch {
  readonly #watched = new Map<() => void, ProcessIdentity>();
  #timer: NodeJS.Timeout | undefined;

  watch(identity: ProcessIdentity, onExit: () => void): () => void {
    const told = (): void => onExit();
    this.#watched.set(told, identity);
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
    return () => this.#end(told);
  }

  #look(): void {
    for (const [told, identity] of this.#watched) {
      if (isRunning(identity)) continue;
      this.#end(told);
      told();
    }
  }

  #end(told: () => void): void {
    this.#watched.delete(told);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
