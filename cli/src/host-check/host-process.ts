import { type ChildProcess, spawn } from 'node:child_process';
import type { Journal } from './journal.ts';
import {
  descendantsOf,
  environmentOf,
  lineage,
  type LivingProcess,
  livingProcess,
  livingProcesses,
  lives,
  SEES_PROCESSES,
  signal,
} from './processes.ts';
import { uncheckable } from './violation.ts';

const MOST_OUTPUT_LENGTH = 4 * 1024 * 1024;
const STDERR_TAIL_LINES = 8;
const KILL_LIMIT_MS = 2_000;

export interface HostStart {
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** To be its descriptor 3; 'ignore' for none. */
  readonly eventFd: number | 'ignore';
  /** Text that stands in the environment of this host and in no other. */
  readonly mark: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The process of one host, with all that it started. */
export class HostProcess {
  readonly #child: ChildProcess;
  readonly #mark: string;
  readonly #ended: Promise<Exit>;
  #exit: Exit | null = null;
  stdout = '';
  stderr = '';

  private constructor(child: ChildProcess, mark: string, journal: Journal) {
    this.#child = child;
    this.#mark = mark;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout = (this.stdout + text).slice(-MOST_OUTPUT_LENGTH)));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr = (this.stderr + text).slice(-MOST_OUTPUT_LENGTH)));
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#exit = { code, signal };
        journal.add({ kind: 'ended', how: exitWords(this.#exit) });
        resolve(this.#exit);
      });
    });
  }

  /** In a session of its own, as the daemon starts one. */
  static async start({ command, env, eventFd, mark }: HostStart, journal: Journal): Promise<HostProcess> {
    const [program = '', ...args] = command;
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe', eventFd], detached: true });
    const failure = await new Promise<Error | null>((resolve) => {
      child.once('error', resolve);
      child.once('spawn', () => resolve(null));
    });
    if (failure) {
      throw uncheckable(`The host cannot be started: ${failure.message}.`, 'Behind -- stands the command that starts it.');
    }
    return new HostProcess(child, mark, journal);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }
  /** Null while it runs. */
  get exit(): Exit | null {
    return this.#exit;
  }

  /** Null when it still runs after that time. */
  async ended(limitMs: number): Promise<Exit | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), limitMs)));
    const exit = await Promise.race([this.#ended, late]);
    clearTimeout(timer);
    return exit;
  }

  signal(name: NodeJS.Signals): void {
    if (!this.#exit) signal(this.pid, name);
  }

  /** What it said last, for a person. */
  stderrTail(): string {
    return this.stderr.trimEnd().split('\n').slice(-STDERR_TAIL_LINES).join('\n');
  }

  /**
   * What the host has started and what came of it, wherever it went: descendants, and whoever carries the host's mark in its environment.
   * `hostPid`: the process that said hello. It and those between it and the command, such as a shell that waits for it, are the host itself.
   */
  started(hostPid = this.pid): readonly LivingProcess[] {
    const all = livingProcesses();
    const host = new Set([this.pid, hostPid, ...lineage(hostPid, this.pid, all)]);
    const below = new Set(descendantsOf(this.pid, all).map(({ pid }) => pid));
    return all.filter(({ pid }) => !host.has(pid) && (below.has(pid) || environmentOf(pid).includes(this.#mark)));
  }

  /** Asks it to end, and ends what is left after that time, with everything it started. Answers whether it ended when it was asked to. */
  async end(patienceMs: number): Promise<boolean> {
    const started = this.started();
    this.signal('SIGTERM');
    const exit = await this.ended(patienceMs);
    await this.kill(started);
    return exit !== null;
  }

  /** At once, as `kill -9` does it: the host alone and nothing that it started. */
  async crash(hostPid: number): Promise<void> {
    signal(hostPid, 'SIGKILL');
    this.signal('SIGKILL');
    await this.ended(KILL_LIMIT_MS);
  }

  /** Everything at once. `known`: what it had started, of which some may have lost their parent since. */
  async kill(known: readonly LivingProcess[] = []): Promise<void> {
    // Without their parent some could not be found any more.
    const started = this.started();
    signal(-this.pid, 'SIGKILL');
    for (const process of [...known, ...started, ...this.started()].filter(lives)) signal(process.pid, 'SIGKILL');
    await this.ended(KILL_LIMIT_MS);
  }

  /** Whether one of its processes is left. */
  isGone(): boolean {
    return this.#exit !== null && (!SEES_PROCESSES || (livingProcess(this.pid) === null && this.started().length === 0));
  }
}

export function exitWords({ code, signal }: Exit): string {
  return signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
}
