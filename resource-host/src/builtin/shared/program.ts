import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { DEFAULT_PATH, inheritedEnvironment } from './environment.ts';
import { checkFolder, executableProblem } from './executable.ts';
import { findUser, type User } from './user.ts';

/** What is to be run, as an administrator writes it. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user?: string | undefined;
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

function environmentOf({ env }: Program, user: User | undefined): Record<string, string> {
  const inherited = inheritedEnvironment();
  if (!user) return { ...inherited, ...env };
  delete inherited['XDG_RUNTIME_DIR'];
  return { ...inherited, HOME: user.home, USER: user.name, LOGNAME: user.name, SHELL: user.shell, ...env };
}

function findExecutable({ command, cwd }: Program, path: string): string {
  checkFolder(cwd);
  if (command.includes('/')) return checkedExecutable(resolve(cwd, command));
  for (const folder of path.split(delimiter)) {
    const candidate = join(isAbsolute(folder) ? folder : resolve(cwd, folder), command);
    if (executableProblem(candidate) === undefined) return candidate;
  }
  throw new Error(`command "${command}" was not found in PATH (${path})`);
}

function checkedExecutable(path: string): string {
  const problem = executableProblem(path);
  if (problem !== undefined) throw new Error(`command ${path}: ${problem}`);
  return path;
}
