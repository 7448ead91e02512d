import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { messageOf } from '../../operation.ts';
import { findUser, type User } from './user.ts';

const INHERITED = /^(PATH|HOME|LANG|LANGUAGE|LC_[A-Z]+|TZ|USER|LOGNAME|SHELL|TMPDIR|XDG_RUNTIME_DIR)$/;
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Something to start, as an administrator describes it. */
export interface Program {
  /** The property that names it, for errors: `command`. */
  readonly property: string;
  /** An absolute path, a path relative to cwd, or a name that is looked up in PATH. */
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user?: string | undefined;
}

/** Where a program prints; descriptors of the caller, who closes them. */
export interface Printing {
  readonly stdout: number;
  readonly stderr: number;
}

/** A start that was checked as far as it can be without doing it. */
export interface Launch {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: User | undefined;
}

/** Throws with the exact path and reason when the program cannot be started as it is described. */
export async function prepareLaunch(program: Program, signal: AbortSignal): Promise<Launch> {
  const user = program.user === undefined ? undefined : await findUser(program.user, signal);
  if (user && user.uid !== process.getuid?.() && process.getuid?.() !== 0) {
    throw new Error(`cannot run as user "${user.name}": this host runs as uid ${process.getuid?.()}, not as root`);
  }
  const env = environmentOf(program, user);
  return { path: findExecutable(program, env['PATH'] ?? DEFAULT_PATH), env, user };
}

/**
 * Starts it in its own session; `marker`, as `NAME=value`, is added to its environment. When the system refuses, nothing runs, and the answer has no pid:
 * `whyRefused` says why.
 */
export function launch({ path, env, user }: Launch, program: Program, marker: string, to: Printing): ChildProcess {
  const [markerName = '', markerValue = ''] = marker.split(/=(.*)/s);
  return spawn(path, program.args, {
    argv0: program.command,
    cwd: program.cwd,
    env: { ...env, [markerName]: markerValue },
    // Its own session: neither the end of the host nor a kill of the host's group may reach it.
    detached: true,
    stdio: ['ignore', to.stdout, to.stderr],
    ...(user ? { uid: user.uid, gid: user.gid } : {}),
  });
}

/** Why the system did not start it, as an error to throw. */
export async function whyRefused(child: ChildProcess, { path }: Launch): Promise<Error> {
  const [cause]: unknown[] = await once(child, 'error').catch((error: unknown) => [error]);
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  // The file itself was found to be there.
  const why = code === 'ENOENT' ? 'its interpreter (the #! line) or loader is missing (ENOENT)' : messageOf(cause);
  return new Error(`cannot start ${path}: ${why}`, { cause });
}

/** Only what a program needs to find its way: what the daemon told its host is nobody else's business. */
function environmentOf({ env }: Program, user: User | undefined): Record<string, string> {
  const inherited: Record<string, string> = { PATH: DEFAULT_PATH };
  for (const [name, value] of Object.entries(process.env)) {
    if (INHERITED.test(name) && value !== undefined) inherited[name] = value;
  }
  if (!user) return { ...inherited, ...env };
  delete inherited['XDG_RUNTIME_DIR'];
  return { ...inherited, HOME: user.home, USER: user.name, LOGNAME: user.name, SHELL: user.shell, ...env };
}

function findExecutable({ property, command, cwd }: Program, path: string): string {
  checkFolder(cwd);
  if (command.includes('/')) return checkedExecutable(property, resolve(cwd, command));
  for (const folder of path.split(delimiter)) {
    const candidate = join(isAbsolute(folder) ? folder : resolve(cwd, folder), command);
    if (executableProblem(candidate) === undefined) return candidate;
  }
  throw new Error(`${property} "${command}" was not found in PATH (${path})`);
}

function checkFolder(cwd: string): void {
  const stats = statSync(cwd, { throwIfNoEntry: false });
  if (!stats) throw new Error(`cwd ${cwd}: no such folder (ENOENT)`);
  if (!stats.isDirectory()) throw new Error(`cwd ${cwd}: not a folder (ENOTDIR)`);
}

function checkedExecutable(property: string, path: string): string {
  const problem = executableProblem(path);
  if (problem !== undefined) throw new Error(`${property} ${path}: ${problem}`);
  return path;
}

function executableProblem(path: string): string | undefined {
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
