import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { EventHandle, HostCommand, HostProcess, Log, SpawnFailure } from '../../../daemon/src/ports/index.ts';

/** Why a test that needs root is skipped; empty for root. */
export const isRoot = process.getuid?.() === 0;
export const shell = fileURLToPath(new URL('../../../daemon/src/shell/', import.meta.url));

/** A folder of this test alone. Not below /tmp itself, which everyone may write to. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'andon-shell-'));

  at(...names: string[]): string {
    return join(this.path, ...names);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export const quietLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => quietLog,
};

/** Lines as they arrive; `next` waits for one. */
export class Lines {
  readonly #have: string[] = [];
  readonly #waiting: ((line: string) => void)[] = [];
  #rest = '';

  push(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const waiter = this.#waiting.shift();
      if (waiter) waiter(line);
      else this.#have.push(line);
    }
  }

  next(): Promise<string> {
    const line = this.#have.shift();
    return line === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(line);
  }

  get unread(): readonly string[] {
    return this.#have;
  }
}

export function readLines(handle: EventHandle): Lines {
  const lines = new Lines();
  handle.read((bytes) => lines.push(Buffer.from(bytes).toString('latin1')));
  return lines;
}

/** Ends a script whose test has ended: its standard input closes with the test's process, however that goes. */
const UNTIL_ORPHANED = `process.stdin.on('end', () => process.exit()).resume();\n`;

/** A module as a process of its own; its standard output by lines. */
export function startScript(
  source: string,
  ...args: string[]
): { readonly child: ChildProcess; readonly lines: Lines; readonly exited: Promise<number | string> } {
  const child = spawn(
    process.execPath,
    ['--conditions=andon-src', '--input-type=module-typescript', '--eval', UNTIL_ORPHANED + source, '--', ...args],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const lines = new Lines();
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(`${line}\n`));
  const exited = new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => {
      lines.push('(ended)\n');
      resolve(code ?? signal ?? '');
    });
  });
  return { child, lines, exited };
}

export function commandOf(script: string, eventHandle: EventHandle, folder: Folder, other: Partial<HostCommand> = {}): HostCommand {
  return {
    hostId: 'test',
    argv: ['bash', '-c', script],
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
    user: null,
    noNewPrivileges: false,
    limits: {},
    logPath: folder.at('host.log'),
    eventHandle,
    ...other,
  };
}

export function started(outcome: HostProcess | SpawnFailure): HostProcess {
  if (outcome.kind === 'spawnFailed') throw new Error(outcome.reason);
  return outcome;
}

/** Letter of /proc/PID/stat; null when there is no such process. */
export function processState(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2)[0] ?? null;
  } catch {
    return null;
  }
}

export function lives(pid: number): boolean {
  const state = processState(pid);
  return state !== null && state !== 'Z' && state !== 'X';
}
