import { accessSync, closeSync, constants, lstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { errorCode, errorText } from './error-code.ts';
import type { NumericUser } from './users.ts';

/** What a shell has when nobody set one. */
const USUAL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** The kernel reads this much of a script's first line (BINPRM_BUF_SIZE). */
const FIRST_LINE_BYTES = 256;

/** Finds a command as exec would: with a slash relative to `cwd`, else along `searchPath`. */
export function findCommand(
  command: string,
  cwd: string,
  searchPath: string | undefined,
): { readonly path: string } | { readonly problem: string } {
  if (command === '') return { problem: 'the command is empty' };
  if (command.includes('\0')) return { problem: 'the command holds a NUL character' };
  if (command.includes('/')) return usable(resolve(cwd, command));
  const directories = (searchPath || USUAL_PATH).split(delimiter).filter(isAbsolute);
  let problem: string | undefined;
  for (const directory of directories) {
    const path = join(directory, command);
    const found = usable(path);
    if ('path' in found) return found;
    if (exists(path)) problem ??= found.problem;
  }
  return { problem: problem ?? `${command}: not found in PATH (${directories.join(delimiter)})` };
}

function usable(path: string): { readonly path: string } | { readonly problem: string } {
  const problem = executableProblem(path, null) ?? interpreterProblem(path);
  return problem === null ? { path } : { problem };
}

/** Why exec refused a command that `findCommand` accepted. */
export function explainRefusal(error: unknown, path: string, cwd: string): string {
  const code = errorCode(error);
  const cause = directoryProblem(cwd) ?? executableProblem(path, null) ?? interpreterProblem(path);
  if (cause !== null && (code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR')) return cause;
  switch (code) {
    case 'ENOENT':
      return `${path}: it is there, but its dynamic loader is not (was it built for another system?)`;
    case 'EACCES':
      return `${path}: permission denied; its file system may be mounted noexec, or a directory on the way be closed to ${nameOf(null)}`;
    case 'EPERM':
      return `${path}: not permitted`;
    case 'ETXTBSY':
      return `${path}: somebody has it open for writing`;
    case 'ENOEXEC':
      return `${path}: neither a program for this machine nor a script with a #! line`;
    case 'E2BIG':
      return `${path}: arguments and environment together are too long`;
    case 'EAGAIN':
      return `${path}: no more processes allowed (limit of the user, or of the cgroup)`;
    case 'EMFILE':
    case 'ENFILE':
      return `${path}: too many open files; raise LimitNOFILE of the daemon`;
    case 'ENOMEM':
      return `${path}: not enough memory`;
    default:
      return `${path}: ${errorText(error)}`;
  }
}

/** Why this user cannot run it, whatever groups the user is in; a helper that execs it could only say so in the log of the host. */
export function closedWhateverGroup(path: string, user: NumericUser | null): string | null {
  const problem = executableProblem(path, user);
  const isOpenToGroup = ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o010) !== 0;
  return isOpenToGroup ? null : problem;
}

/** Why a process of this daemon cannot begin in this directory; null when it can. */
export function directoryProblem(cwd: string): string | null {
  try {
    const stats = statSync(cwd);
    if (!stats.isDirectory()) return `working directory ${cwd} is not a directory`;
    return mayExecute(cwd, stats, null) ? null : `working directory ${cwd} is closed to ${nameOf(null)} (mode ${octal(stats)})`;
  } catch (error) {
    return `working directory ${cwd} ${errorCode(error) === 'ENOENT' ? 'does not exist' : `cannot be used: ${errorText(error)}`}`;
  }
}

function executableProblem(path: string, user: NumericUser | null): string | null {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) return `${path}: is a directory`;
    if (!stats.isFile()) return `${path}: not a regular file`;
    if ((stats.mode & 0o111) === 0) return `${path}: not executable (mode ${octal(stats)})`;
    return mayExecute(path, stats, user)
      ? null
      : `${path}: not executable for ${nameOf(user)} (mode ${octal(stats)}, owner ${stats.uid}:${stats.gid})`;
  } catch (error) {
    return `${path}: ${missing(error, path)}`;
  }
}

function missing(error: unknown, path: string): string {
  switch (errorCode(error)) {
    case 'ENOENT':
      return exists(path) ? 'symbolic link to a file that does not exist' : 'no such file';
    case 'ENOTDIR':
      return `no such file; a part of ${dirname(path)} is not a directory`;
    case 'EACCES':
      return 'a directory on the way is closed to the daemon';
    case 'ELOOP':
      return 'a circle of symbolic links';
    default:
      return errorText(error);
  }
}

/** A script whose `#!` line names what is not there makes exec say "no such file" of the script itself. */
function interpreterProblem(path: string): string | null {
  const line = firstLine(path);
  const interpreter = line === null ? undefined : /^#![ \t]*([^ \t]+)/.exec(line)?.[1];
  if (interpreter === undefined) return null;
  if (interpreter.endsWith('\r')) return `${path}: its #! line ends in a carriage return; save it with Unix line endings`;
  const problem = executableProblem(interpreter, null);
  return problem === null ? null : `${path}: its #! line names an interpreter that cannot be run: ${problem}`;
}

function firstLine(path: string): string | null {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY);
  } catch {
    // Executable but not readable is fine for exec.
    return null;
  }
  try {
    const bytes = Buffer.alloc(FIRST_LINE_BYTES);
    const text = bytes.toString('latin1', 0, readSync(fd, bytes));
    return text.startsWith('#!') ? (text.split('\n', 1)[0] ?? null) : null;
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}

/** By the permission bits for another user, whose groups beyond the first are not known; by the kernel for ourselves. */
function mayExecute(path: string, stats: Stats, user: NumericUser | null): boolean {
  if (user === null) {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  }
  if (user.uid === 0) return stats.isDirectory() || (stats.mode & 0o111) !== 0;
  const bit = stats.uid === user.uid ? 0o100 : stats.gid === user.gid ? 0o010 : 0o001;
  return (stats.mode & bit) !== 0;
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function nameOf(user: NumericUser | null): string {
  return `user ${user?.uid ?? process.getuid?.() ?? 'of the daemon'}`;
}

function octal(stats: Stats): string {
  return (stats.mode & 0o7777).toString(8).padStart(4, '0');
}
