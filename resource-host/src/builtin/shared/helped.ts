import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { HELPED_FD } from './helpers.ts';

/** Exit codes of a shell, and of the other helpers, for what they could not execute. */
const NOT_EXECUTED: ReadonlySet<number | null> = new Set([126, 127]);

/**
 * Resolves once the helpers of a child have become its program: `started`, or `refused` when the system did not take it for one. Of a child
 * that has no helpers the first is known when it is spawned.
 */
export async function helpersDone(child: ChildProcess): Promise<'started' | 'refused'> {
  const end = child.stdio[HELPED_FD];
  if (!(end instanceof Socket)) return 'started';
  end.unref();
  if (!end.destroyed) await once(end.resume(), 'close');
  if (hasProgram(child)) return 'started';
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return NOT_EXECUTED.has(child.exitCode) ? 'refused' : 'started';
}

/** A process that is about to exit loses its program before its descriptors. */
function hasProgram({ pid }: ChildProcess): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) !== '';
  } catch {
    return false;
  }
}
