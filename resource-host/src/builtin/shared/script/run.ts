import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startError } from '../executable.ts';
import type { Output } from './output.ts';

const LOOK_FOR_PROGRESS_MS = 1_000;

export interface Run {
  readonly path: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly output: Output;
  /** Called every second in which the script has printed something, with its last line. */
  readonly onProgress?: (text: string) => void;
}

export type Ended =
  /** `said`: the last reason or line that it printed; empty when it printed nothing. */
  | { readonly kind: 'exited'; readonly code: number; readonly said: string }
  | { readonly kind: 'killed'; readonly by: string; readonly said: string }
  | { readonly kind: 'timedOut' };

/** Runs the script in a session of its own. Rejects when it cannot be started, or when `signal` is aborted; its group is gone by then. */
export async function run({ path, args, cwd, env, timeoutMs, signal, output, onProgress }: Run): Promise<Ended> {
  signal.throwIfAborted();
  const child = spawn(path, args, { cwd, env, detached: true, stdio: ['ignore', output.fd, output.fd] });
  let isLate = false;
  const kill = (): void => killGroup(child.pid);
  const timer = setTimeout(() => {
    isLate = true;
    kill();
  }, timeoutMs);
  const reports = onProgress && setInterval(() => output.ifPrinted(onProgress), LOOK_FOR_PROGRESS_MS);
  signal.addEventListener('abort', kill);
  try {
    const [code, by]: (number | string | null)[] = await once(child, 'exit').catch((cause: unknown) => {
      throw startError(path, cause);
    });
    signal.throwIfAborted();
    if (isLate) return { kind: 'timedOut' };
    const said = output.said();
    return typeof code === 'number' ? { kind: 'exited', code, said } : { kind: 'killed', by: String(by), said };
  } finally {
    clearTimeout(timer);
    clearInterval(reports);
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
