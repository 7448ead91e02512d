import { execFile } from 'node:child_process';
import { errnoOf, reasonOf } from '../failure.ts';

const LIMIT_MS = 20_000;
const MOST_OUTPUT_BYTES = 4 * 1024 * 1024;

export interface ProgramRun {
  readonly stdout: string;
  /** Null when it ran and ended with 0; else why not, in a line. */
  readonly problem: string | null;
}

/** Runs another program for what it prints; one that hangs is ended, one that is missing is a problem like any other. */
export function runProgram(program: string, ...args: readonly string[]): Promise<ProgramRun> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: LIMIT_MS, maxBuffer: MOST_OUTPUT_BYTES }, (error, stdout, stderr) => {
      if (!error) return resolve({ stdout, problem: null });
      const said = stderr.trim().split('\n')[0] ?? '';
      const problem = errnoOf(error) === 'ENOENT' ? `${program} is not installed` : said || reasonOf(error).split('\n')[0] || 'it failed';
      return resolve({ stdout, problem });
    });
  });
}
