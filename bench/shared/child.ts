import { type ChildProcess, execFile, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

const runFile = promisify(execFile);
const END_LIMIT_MS = 5_000;

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Runs a command to its end. The error of one that fails carries its standard error. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { env = process.env, timeoutMs = 120_000, signal } = options;
  return runFile(command, [...args], {
    env,
    timeout: timeoutMs,
    maxBuffer: 64 * 1024 * 1024,
    ...(signal ? { signal } : {}),
  });
}

/** Starts a process that stays, in a group of its own so that Ctrl-C reaches the harness only and it ends things in order. */
export function start(command: string, args: readonly string[], stdio: StdioOptions, env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(command, args, { stdio, env, detached: true });
}

/** Ends a child that this process started: politely, then for certain. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), END_LIMIT_MS);
  await exited;
  clearTimeout(timer);
}
