import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../fixtures/notify-listener.py', import.meta.url));

/** Stands where a service manager listens, and keeps what it is told. Node cannot receive such datagrams; Python can. */
export class NotifyListener {
  readonly #messages: string[][] = [];
  #heard: () => void = () => undefined;

  static async start(path: string): Promise<NotifyListener> {
    const listener = new NotifyListener();
    const child = spawn('python3', [PROGRAM, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child, 'spawn');
    createInterface(child.stdout).on('line', (line) => {
      listener.#messages.push(JSON.parse(line) as string[]);
      listener.#heard();
    });
    await listener.next((lines) => lines.includes('listening'));
    return listener;
  }

  /** The first message from now on, or the first that waits, for which this holds; what came before it is dropped. */
  async next(holds: (lines: readonly string[]) => boolean): Promise<readonly string[]> {
    for (;;) {
      const at = this.#messages.findIndex(holds);
      if (at >= 0) return this.#messages.splice(0, at + 1).at(-1) ?? [];
      await new Promise<void>((resolve) => (this.#heard = resolve));
    }
  }

  /** Resolves once nothing has come for this long, and rejects when there is always something. */
  async quiet(ms: number): Promise<void> {
    for (let tries = 0; tries < 10; tries++) {
      this.#messages.length = 0;
      const heard = new Promise<boolean>((resolve) => (this.#heard = () => resolve(true)));
      if (!(await Promise.race([heard, after(ms)]))) return;
    }
    throw new Error(`it is never quiet for ${ms} ms`);
  }
}

async function after(ms: number): Promise<false> {
  await sleep(ms);
  return false;
}
