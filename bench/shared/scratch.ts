import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type CleanUp = () => void | Promise<void>;

/** A temporary folder, and everything that must be ended before it goes. */
export interface Scratch {
  readonly folder: string;
  /** Runs before the folder is removed; the latest first. */
  onEnd(cleanUp: CleanUp): void;
  /** Aborted by Ctrl-C and by SIGTERM. */
  readonly signal: AbortSignal;
}

/** Runs `work` and cleans up after it, however it ends: normally, by an error, or by a signal. */
export async function withScratch<T>(work: (scratch: Scratch) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'andon-bench-'));
  const cleanUps: CleanUp[] = [];
  const aborting = new AbortController();
  const abort = (): void => aborting.abort(new Error('interrupted'));
  process.on('SIGINT', abort);
  process.on('SIGTERM', abort);
  try {
    return await work({ folder, signal: aborting.signal, onEnd: (cleanUp) => cleanUps.unshift(cleanUp) });
  } finally {
    for (const cleanUp of cleanUps) await attempt(cleanUp);
    rmSync(folder, { recursive: true, force: true });
    process.off('SIGINT', abort);
    process.off('SIGTERM', abort);
  }
}

/** One step that fails must not keep the others from being done. */
async function attempt(cleanUp: CleanUp): Promise<void> {
  try {
    await cleanUp();
  } catch (error) {
    process.stderr.write(`cleaning up: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}
