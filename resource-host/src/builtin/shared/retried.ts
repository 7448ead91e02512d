import { setTimeout as delay } from 'node:timers/promises';

const FIRST_AGAIN_MS = 20;
const LAST_AGAIN_MS = 1_000;

interface Attempts<Value> {
  attempt(): Promise<Value>;
  /** From the first attempt; 0 makes only one. */
  readonly forMs: number;
  readonly signal: AbortSignal;
  onTrouble(trouble: unknown): void;
}

/** For what is about to work: a service that has just been started. Rejects with the trouble of the last attempt. */
export async function retried<Value>({ attempt, forMs, signal, onTrouble }: Attempts<Value>): Promise<Value> {
  const untilMs = performance.now() + forMs;
  for (let againMs = FIRST_AGAIN_MS; ; againMs = Math.min(againMs * 2, LAST_AGAIN_MS)) {
    try {
      return await attempt();
    } catch (trouble) {
      signal.throwIfAborted();
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) throw trouble;
      onTrouble(trouble);
      await delay(Math.min(againMs, leftMs), undefined, { signal });
    }
  }
}
