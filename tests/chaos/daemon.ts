import { execFile, spawn } from 'node:child_process';
import { mkdirSync, openSync, closeSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { AndonEvent, ControlMethod, ControlParams, ControlResult } from '@andon/protocol';
import { ControlClient } from '../support/control-client.ts';
import { isRunning, signal } from './processes.ts';

const ROOT = join(import.meta.dirname, '../..');
const ANDOND = join(ROOT, 'daemon/bin/andond.js');
const ANDON = join(ROOT, 'cli/bin/andon.js');
const ANSWER_LIMIT_MS = 90_000;
const LOOK_AGAIN_MS = 20;
const PAGE = 1_000;
/** More events than a run makes, so that the journal has no beginning cut off. */
const CONFIGURATION = '[events]\nkeep-count = 10000000\n';

/** The daemon under test. It is killed and started again, by the driver or by itself, so its pid is asked and not remembered. */
export class ChaosDaemon {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  starts = 0;
  pid = 0;
  #client: ControlClient | undefined;

  constructor(folder: string) {
    this.folder = folder;
    const place = (name: string): string => join(folder, name);
    for (const name of ['run', 'state', 'etc']) mkdirSync(place(name), { mode: 0o700 });
    writeFileSync(join(place('etc'), 'andon.toml'), CONFIGURATION);
    this.env = {
      ...process.env,
      ANDON_RUNTIME_DIR: place('run'),
      ANDON_STATE_DIR: place('state'),
      ANDON_CONFIG_DIR: place('etc'),
      NO_COLOR: '1',
    };
  }

  get outputPath(): string {
    return join(this.folder, 'andond.out');
  }

  /** Starts andond; resolves when it answers. One that ends again, as it may on a full disk, is started again. */
  async up(): Promise<void> {
    const until = Date.now() + ANSWER_LIMIT_MS;
    let running = 0;
    while (Date.now() < until) {
      if (!isRunning(running)) running = this.#spawn();
      if (await this.#connect()) return;
      await pause(LOOK_AGAIN_MS);
    }
    throw new Error(`no daemon answers after ${ANSWER_LIMIT_MS} ms; its output is in ${this.outputPath}`);
  }

  #spawn(): number {
    const out = openSync(this.outputPath, 'a');
    // JSON lines in a file and no terminal: as under a service manager without a journal.
    const child = spawn(process.execPath, [ANDOND], { env: this.env, stdio: ['ignore', out, out], detached: true });
    closeSync(out);
    this.starts++;
    return child.pid ?? 0;
  }

  async #connect(): Promise<boolean> {
    this.#client?.close();
    this.#client = await ControlClient.connect(join(this.folder, 'run', 'control.sock')).catch(() => undefined);
    if (!this.#client) return false;
    try {
      this.pid = (await this.#client.request('status', { names: [] })).daemon.pid;
      return true;
    } catch {
      return false;
    }
  }

  /** kill -9; resolves when nothing of it runs. */
  async crash(): Promise<void> {
    signal(this.pid, 'SIGKILL');
    await this.gone();
  }

  async gone(): Promise<void> {
    while (isRunning(this.pid)) await pause(1);
    this.#client?.close();
  }

  async request<M extends ControlMethod>(method: M, params: ControlParams<M>): Promise<ControlResult<M>> {
    if (!this.#client || this.#client.isClosed) throw new Error('no daemon is connected');
    // Nobody here reads what the client keeps of the events.
    this.#client.events.length = 0;
    return this.#client.request(method, params);
  }

  /** Of whichever daemon runs once faults have done with each other. */
  async status(): Promise<ControlResult<'status'>> {
    try {
      return await this.request('status', {});
    } catch {
      await this.up();
      return this.request('status', {});
    }
  }

  /** The event journal behind `afterSeq`. */
  async journal(afterSeq: number): Promise<AndonEvent[]> {
    const all: AndonEvent[] = [];
    for (;;) {
      const { events, more } = await this.request('events', { afterSeq: all.at(-1)?.seq ?? afterSeq, limit: PAGE });
      all.push(...events);
      if (!more) return all;
    }
  }

  andon(...args: string[]): Promise<{ code: number; output: string }> {
    return new Promise((resolve) => {
      execFile(process.execPath, [ANDON, ...args], { env: this.env }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr });
      });
    });
  }
}
