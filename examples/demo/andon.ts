import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const ANDON = fileURLToPath(new URL('../../cli/bin/andon.js', import.meta.url));
const DOWN_LIMIT_MS = 5_000;

/** One line of `andon events --follow --json`; what else it holds depends on its kind. */
export interface Event {
  readonly seq: number;
  /** CLOCK_MONOTONIC in microseconds: the same clock in every process of this machine. */
  readonly monotonicUs: number;
  readonly kind: string;
  readonly resource: string | null;
  readonly incarnation: number | null;
  readonly [field: string]: unknown;
}

export interface ResourceStatus {
  readonly name: string;
  readonly type: string;
  readonly state: string;
  readonly contract: string | null;
  readonly incarnation: number;
  readonly statusText: string;
}

/** A daemon in a temporary folder, driven through the command line as any program in any language could. */
export class Andon {
  readonly folder = mkdtempSync(join(tmpdir(), 'andon-demo-'));
  readonly #env = {
    ...process.env,
    ANDON_RUNTIME_DIR: join(this.folder, 'run'),
    ANDON_STATE_DIR: join(this.folder, 'state'),
    ANDON_CONFIG_DIR: join(this.folder, 'etc'),
    // Should the daemon be killed, its host ends all it runs after this, instead of waiting for a next daemon.
    ANDON_ORPHAN_PERIOD_MS: '1000',
  };
  readonly #running = new Set<Promise<unknown>>();
  #follower: ChildProcess | undefined;
  #daemonPid: number | undefined;

  async up(): Promise<number> {
    const { pid } = await this.run<{ pid: number }>('up', '--detach');
    this.#daemonPid = pid;
    return pid;
  }

  /** Runs `andon … --json` and answers its one document. Rejects with what the command says when it does not exit with 0. */
  run<Document>(...args: string[]): Promise<Document> {
    const running = this.#start<Document>(args);
    this.#running.add(running);
    return running.finally(() => this.#running.delete(running));
  }

  async #start<Document>(args: string[]): Promise<Document> {
    // What follows `--` is a host's command and none of our options.
    const at = args.includes('--') ? args.indexOf('--') : args.length;
    const words = args.toSpliced(at, 0, '--json');
    // In a group of its own, so that Ctrl-C reaches this program alone, which then ends everything in order.
    const child = spawn(process.execPath, [ANDON, ...words], {
      env: this.#env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [output, complaint] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    if (child.exitCode !== 0) throw new Error(`andon ${args.join(' ')}: ${complaint.trim()}`);
    const document: Document = JSON.parse(output);
    return document;
  }

  /** All events of a resource: those of the last minute, then those that come. So none is missed, however late this is called. */
  async *follow(resource: string): AsyncGenerator<Event> {
    const child = spawn(process.execPath, [ANDON, 'events', '--follow', '--resource', resource, '--since', '1m', '--json'], {
      env: this.#env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#follower = child;
    for await (const line of createInterface({ input: child.stdout })) {
      const event: Event = JSON.parse(line);
      yield event;
    }
    throw new Error('andon events --follow has ended');
  }

  /** Ends the daemon, and with it its hosts and all they run; then removes the folder. */
  async end(): Promise<void> {
    await Promise.allSettled(this.#running);
    this.#follower?.kill();
    try {
      await withLimit(this.run('down'), DOWN_LIMIT_MS);
    } catch (error) {
      // No daemon was started; or it does not obey, and then its host notices that it is gone.
      if (this.#daemonPid !== undefined) {
        process.kill(this.#daemonPid, 'SIGKILL');
        throw error;
      }
    } finally {
      rmSync(this.folder, { recursive: true, force: true });
    }
  }
}

async function withLimit<Value>(work: Promise<Value>, limitMs: number): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  return Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}
