import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Ran, run } from './child.ts';
import type { Scratch } from './scratch.ts';

const COMMAND = join(import.meta.dirname, '..', '..', 'cli', 'bin', 'andon.js');

/** The shipped daemon with folders of its own, driven through the public command line and nothing else. */
export class Andon {
  readonly folder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #signal: AbortSignal;

  private constructor(folder: string, signal: AbortSignal) {
    this.folder = folder;
    this.#signal = signal;
    this.#env = {
      ...process.env,
      ANDON_RUNTIME_DIR: join(folder, 'run'),
      ANDON_STATE_DIR: join(folder, 'state'),
      ANDON_CONFIG_DIR: join(folder, 'config'),
    };
  }

  /** Starts a daemon; the scratch takes it down again. */
  static async up(scratch: Scratch): Promise<Andon> {
    const folder = join(scratch.folder, 'andon');
    for (const place of ['run', 'state', 'config']) mkdirSync(join(folder, place), { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    const andon = new Andon(folder, scratch.signal);
    // Registered first: an interrupted `up` may have started the daemon already.
    scratch.onEnd(() => andon.#down());
    // Not to be aborted half-way, when the daemon runs and cannot be reached yet.
    await run(process.execPath, [COMMAND, 'up', '--detach'], { env: andon.#env });
    return andon;
  }

  /** Runs `andon ARGS…`; throws with its standard error when it exits with anything but 0. */
  command(...args: readonly string[]): Promise<Ran> {
    return run(process.execPath, [COMMAND, ...args], { env: this.#env, signal: this.#signal });
  }

  async #down(): Promise<void> {
    if (!existsSync(join(this.folder, 'run', 'control.sock'))) return;
    await run(process.execPath, [COMMAND, 'down'], { env: this.#env });
  }
}
