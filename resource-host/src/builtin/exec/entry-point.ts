import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';
import { launch, prepareLaunch, type Program, whyRefused } from '../processes/launch.ts';
import { killGroup } from '../processes/process-tree.ts';
import type { Ending } from './exit-codes.ts';
import type { Output } from './output.ts';

export interface EntryPointRun {
  readonly program: Program;
  /** `NAME=value` in the environment of everything that it starts. */
  readonly marker: string;
  readonly limitMs: number;
  /** Kills it. */
  readonly signal: AbortSignal;
  openOutput(): Output;
  /** Called now and then with the last line, when it has printed something. */
  onProgress?(text: string): void;
}

/** It did not return in time, and was killed. */
export const TIMED_OUT = Symbol('timed out');

const LOOK_FOR_PROGRESS_MS = 1_000;
const Exit = z.tuple([z.int().nullable(), z.custom<NodeJS.Signals>().nullable()]);

/**
 * Runs one entry point in a session of its own until it has exited; what it leaves running then runs on. Rejects when it cannot be
 * started, and when it is aborted: then it has exited first, and all of its group is killed.
 */
export async function runEntryPoint(run: EntryPointRun): Promise<Ending | typeof TIMED_OUT> {
  const prepared = await prepareLaunch(run.program, run.signal);
  run.signal.throwIfAborted();
  const output = run.openOutput();
  try {
    const child = launch(prepared, run.program, run.marker, output);
    if (child.pid === undefined) throw await whyRefused(child, prepared);
    const reports = run.onProgress && setInterval(() => report(run, output), LOOK_FOR_PROGRESS_MS);
    const inTime = await waitForExit(child, child.pid, run).finally(() => clearInterval(reports));
    run.signal.throwIfAborted();
    return inTime ? { ...inTime, said: output.said() } : TIMED_OUT;
  } finally {
    output.close();
  }
}

/** Resolves once it has exited; null when it had to be killed for taking too long. */
async function waitForExit(child: ChildProcess, pid: number, { limitMs, signal }: EntryPointRun): Promise<Omit<Ending, 'said'> | null> {
  let timedOut = false;
  const kill = (): void => killGroup(pid);
  const limit = setTimeout(() => {
    timedOut = true;
    kill();
  }, limitMs);
  signal.addEventListener('abort', kill);
  try {
    const [code, by] = Exit.parse(await once(child, 'exit'));
    return timedOut ? null : { code, signal: by };
  } finally {
    clearTimeout(limit);
    signal.removeEventListener('abort', kill);
  }
}

function report({ onProgress }: EntryPointRun, output: Output): void {
  const text = output.progress();
  if (text !== undefined) onProgress?.(text);
}
