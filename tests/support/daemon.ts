import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TypeName } from '@andon/protocol';
import { atEndOfTest } from './at-end.ts';
import { ControlClient } from './control-client.ts';
import { endApplicationsOf, endProcessesWith } from './leftovers.ts';
import { temporaryFolder } from './temporary.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ANDOND = join(root, 'daemon/bin/andond.js');
const ANDON = join(root, 'cli/bin/andon.js');
export const SCRIPTED_HOST = join(root, 'tests/fixtures/hosts/scripted-host.ts');

export interface Entry {
  readonly us: number;
  readonly pid: number;
  readonly event: string;
  readonly method?: string;
  readonly id?: string;
  readonly resource?: string;
  readonly incarnation?: number;
  readonly [key: string]: unknown;
}

/** A real daemon in a folder of its own. The test that started it ends it, with every process that came from it. */
export class TestDaemon {
  readonly folder: string;
  readonly env: Record<string, string>;
  /** What andond is started through, if anything; it must exec what follows, so that the pid stays. */
  prefix: readonly string[] = [];
  #child: ChildProcess | undefined;
  #client: ControlClient | undefined;

  constructor(folder = temporaryFolder(), env: Record<string, string> = {}) {
    this.folder = folder;
    this.env = {
      ...(process.env as Record<string, string>),
      ANDON_RUNTIME_DIR: join(folder, 'run'),
      ANDON_STATE_DIR: join(folder, 'state'),
      ANDON_CONFIG_DIR: join(folder, 'etc'),
      NO_COLOR: '1',
      ...env,
    };
  }

  static async start(env: Record<string, string> = {}): Promise<TestDaemon> {
    const daemon = new TestDaemon(undefined, env);
    atEndOfTest(() => daemon.end());
    await daemon.up();
    return daemon;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }
  get hasExited(): boolean {
    return this.#child === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
  get client(): ControlClient {
    if (!this.#client) throw new Error('the daemon is not up');
    return this.#client;
  }
  get journalPath(): string {
    return join(this.folder, 'host-journal');
  }
  get output(): string {
    return readFileSync(join(this.folder, 'andond.out'), 'utf8');
  }

  /** Starts andond and connects to it; resolves when it answers. */
  async up(): Promise<void> {
    // As the daemon of root would make it: hosts of other users pass through.
    mkdirSync(join(this.folder, 'run'), { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
    const out = openSync(join(this.folder, 'andond.out'), 'a');
    const [program, ...args] = [...this.prefix, process.execPath, ANDOND];
    const child = spawn(program, args, { env: this.env, stdio: ['ignore', out, out], detached: true });
    this.#child = child;
    const exited = new Promise<never>((_, reject) =>
      child.once('exit', (code) => reject(new Error(`andond exited with ${code}: ${this.output}`))),
    );
    exited.catch(() => undefined);
    this.#client = await Promise.race([this.#connected(), exited]);
  }

  /** The control socket appears last, so a watch on its folder tells when to connect. */
  async #connected(): Promise<ControlClient> {
    const path = join(this.folder, 'run', 'control.sock');
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        const watcher = watch(join(this.folder, 'run'), () => {
          watcher.close();
          clearTimeout(again);
          resolve();
        });
        const again = setTimeout(() => {
          watcher.close();
          resolve();
        }, 200);
      });
      const client = existsSync(path) ? await ControlClient.connect(path).catch(() => undefined) : undefined;
      if (client) return client;
      await changed;
    }
  }

  /** Resolves with the exit code when the daemon ends by itself; at once if it has. */
  exited(): Promise<number | null> {
    const child = this.#child;
    if (!child || this.hasExited) return Promise.resolve(child?.exitCode ?? null);
    return new Promise((resolve) => child.once('exit', resolve));
  }

  /** kill -9; the hosts stay. Resolves when the process is gone. */
  async crash(): Promise<void> {
    await this.#signal('SIGKILL');
  }

  /** SIGTERM, as a service manager does. Resolves with the exit code. */
  async stop(): Promise<number | null> {
    return this.#signal('SIGTERM');
  }

  async #signal(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    this.#client?.close();
    if (!child || this.hasExited) return child?.exitCode ?? null;
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    return exited;
  }

  /** Runs the real command line against this daemon. */
  andon(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    return new Promise((resolve) => {
      execFile(process.execPath, [ANDON, ...args], { env: this.env }, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
      });
    });
  }

  /** Registers the scripted host under this type name. */
  async scripted(type: string, properties: Record<string, unknown> = {}, ...args: string[]): Promise<void> {
    const command = [process.execPath, SCRIPTED_HOST, '--journal', this.journalPath, ...args];
    await this.client.request('typeRegister', { type: { name: TypeName.parse(type), command, properties } });
  }

  /** Adds a resource of the scripted host. Restarts are quick unless said otherwise. */
  async add(name: string, type: string, script: Record<string, string> = {}, more: Record<string, unknown> = {}): Promise<void> {
    const properties = { RestartDelay: 10, ...(more['properties'] as object | undefined) };
    await this.client.request('resourceAdd', { resource: { name, type, set: { script }, ...more, properties } });
  }

  async online(...names: string[]): Promise<void> {
    const after = this.client.seq;
    await this.client.request('online', { names });
    await Promise.all(names.map((name) => this.client.next('online', name, after)));
  }

  /** Makes the scripted host of this resource do something. */
  async do(name: string, input: Record<string, unknown>): Promise<unknown> {
    const { output } = await this.client.request('control', { name, code: 'do', input: input as never });
    return output;
  }

  async status(name: string) {
    const { resources } = await this.client.request('status', { names: [name] });
    const [resource] = resources;
    if (!resource) throw new Error(`no status of ${name}`);
    return resource;
  }

  /** What the scripted hosts wrote down, in order. */
  journal(): Entry[] {
    if (!existsSync(this.journalPath)) return [];
    const lines = readFileSync(this.journalPath, 'utf8').split('\n');
    // What follows the last newline is a line that a host is still writing.
    return lines.slice(0, -1).map((line) => JSON.parse(line) as Entry);
  }

  calls(resource: string): string[] {
    return this.journal()
      .filter((entry) => entry.event === 'call' && entry.resource === resource)
      .map(({ method }) => method ?? '');
  }

  /** Ends the daemon and every process that was started for it, known by its environment. */
  async end(): Promise<void> {
    await this.crash();
    const state = join(this.folder, 'state');
    endProcessesWith(`ANDON_STATE_DIR=${state}`);
    endApplicationsOf(state);
  }
}
