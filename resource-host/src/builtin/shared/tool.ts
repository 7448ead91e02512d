import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DEFAULT_PATH, inheritedEnvironment } from './environment.ts';
import { systemProgram } from './helpers.ts';

const MOST_OUTPUT_BYTES = 64 * 1024;

interface Terms {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Runs a program of the system for what it does, and rejects with what it says when that is not done. One that takes too long is killed
 * and not waited for: a process that hangs in a file system cannot even be killed.
 */
export async function runTool(program: string, args: readonly string[], { timeoutMs, signal }: Terms): Promise<void> {
  signal.throwIfAborted();
  const line = [program, ...args].join(' ');
  const path = systemProgram(program);
  if (path === undefined) throw new Error(`${program} is not installed: it is not in ${DEFAULT_PATH}`);
  const child = spawn(path, args, {
    env: { ...inheritedEnvironment(), LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    if (said.length < MOST_OUTPUT_BYTES) said += bytes.toString();
  });
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error(`${line}: not done within ${timeoutMs} ms`)), timeoutMs);
  const limit = AbortSignal.any([signal, late.signal]);
  try {
    const [code, killedBy]: (number | string | null)[] = await once(child, 'close', { signal: limit });
    if (code === 0) return;
    const why = said.trim().split('\n').at(-1) ?? '';
    throw new Error(`${line}: ${why || (killedBy === null ? `exit code ${code}` : `killed by ${killedBy}`)}`);
  } catch (error) {
    if (limit.aborted) throw limit.reason;
    throw error;
  } finally {
    clearTimeout(timer);
    if (child.exitCode === null && child.signalCode === null) abandon(child.pid);
    child.stderr.destroy();
    child.unref();
  }
}

function abandon(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
