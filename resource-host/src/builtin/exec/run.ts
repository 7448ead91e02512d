import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { startError } from '../shared/executable.ts';

/** What the script prints last is looked for in so much of what it has printed. */
const TAIL_BYTES = 4_096;
const REASON_PREFIX = 'ocf-exit-reason:';

export interface Run {
  readonly path: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Open for appending; takes standard output and standard error. */
  readonly logFd: number;
  readonly logPath: string;
}

export type Ended =
  /** `said`: the last reason or line that it printed; empty when it printed nothing. */
  | { readonly kind: 'exited'; readonly code: number; readonly said: string }
  | { readonly kind: 'killed'; readonly by: string; readonly said: string }
  | { readonly kind: 'timedOut' };

/** Runs the script in a session of its own. Rejects when it cannot be started, or when `signal` is aborted; its group is gone by then. */
export async function run({ path, args, cwd, env, timeoutMs, signal, logFd, logPath }: Run): Promise<Ended> {
  signal.throwIfAborted();
  const from = fstatSync(logFd).size;
  const child = spawn(path, args, { cwd, env, detached: true, stdio: ['ignore', logFd, logFd] });
  let isLate = false;
  const kill = (): void => killGroup(child.pid);
  const timer = setTimeout(() => {
    isLate = true;
    kill();
  }, timeoutMs);
  signal.addEventListener('abort', kill);
  try {
    const [code, by]: (number | string | null)[] = await once(child, 'exit').catch((cause: unknown) => {
      throw startError(path, cause);
    });
    signal.throwIfAborted();
    if (isLate) return { kind: 'timedOut' };
    const said = lastWords(logPath, from);
    return typeof code === 'number' ? { kind: 'exited', code, said } : { kind: 'killed', by: String(by), said };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
  }
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // The group has emptied itself.
  }
}

/** What stands in the log since `from`: its last `ocf-exit-reason:`, or else its last line. */
function lastWords(logPath: string, from: number): string {
  const lines = textFrom(logPath, from)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const reason = lines.findLast((line) => line.startsWith(REASON_PREFIX));
  return reason?.slice(REASON_PREFIX.length).trim() ?? lines.at(-1) ?? '';
}

function textFrom(path: string, from: number): string {
  const fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    // A log that was cut meanwhile begins anew.
    const start = Math.max(size < from ? 0 : from, size - TAIL_BYTES);
    const buffer = Buffer.alloc(size - start);
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, start));
  } finally {
    closeSync(fd);
  }
}
