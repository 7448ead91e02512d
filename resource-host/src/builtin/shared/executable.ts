import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { messageOf } from '../../operation.ts';

/** Throws unless something can be started in this folder. */
export function checkFolder(cwd: string): void {
  const stats = statSync(cwd, { throwIfNoEntry: false });
  if (!stats) throw new Error(`cwd ${cwd}: no such folder (ENOENT)`);
  if (!stats.isDirectory()) throw new Error(`cwd ${cwd}: not a folder (ENOTDIR)`);
}

/** Why this file cannot be executed, as far as that can be known without doing it. */
export function executableProblem(path: string): string | undefined {
  try {
    if (statSync(path).isDirectory()) return 'is a folder (EISDIR)';
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOENT') return 'no such file (ENOENT)';
    return code === 'EACCES' ? 'not executable (EACCES)' : code;
  }
}

/** What only the kernel knew of a file that was found to be there and executable. */
export function startError(path: string, cause: unknown): Error {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const why = code === 'ENOENT' ? 'its interpreter (the #! line) or loader is missing (ENOENT)' : messageOf(cause);
  return new Error(`cannot start ${path}: ${why}`, { cause });
}

/** Of a script whose `#!` line names what is not there; exec would only say that the script itself is missing. */
export function interpreterProblem(path: string): string | undefined {
  const interpreter = /^#![ \t]*([^ \t\n]+)/.exec(beginningOf(path))?.[1];
  if (interpreter === undefined) return undefined;
  const problem = executableProblem(interpreter);
  return problem && `its interpreter ${interpreter} (the #! line): ${problem}`;
}

/** The kernel reads this much of a script for its first line (BINPRM_BUF_SIZE). Empty when the file is not readable, which is fine for exec. */
function beginningOf(path: string): string {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return '';
  }
  try {
    const bytes = Buffer.alloc(256);
    return bytes.toString('latin1', 0, readSync(fd, bytes));
  } catch {
    return '';
  } finally {
    closeSync(fd);
  }
}
