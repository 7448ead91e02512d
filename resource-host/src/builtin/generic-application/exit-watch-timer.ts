import { isRunning, type ProcessIdentity } from '../shared/identity.ts';

const LOOK_EVERY_MS = 1_000;

/** The fallback where the kernel has no pidfd or Node no ffi: one timer looks at all processes. */
export class TimerExitWatch {
  readonly #watched = new Map<ProcessIdentity, () => void>();
  #timer: NodeJS.Timeout | undefined;

  watch(identity: ProcessIdentity, onExit: () => void): void {
    this.#watched.set(identity, onExit);
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  #look(): void {
    for (const [identity, onExit] of this.#watched) {
      if (isRunning(identity)) continue;
      this.#watched.delete(identity);
      onExit();
    }
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
