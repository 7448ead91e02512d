import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { DEFAULT_PATH, inheritedEnvironment } from './environment.ts';
import { readEnvironmentFile } from './environment-file.ts';
import { checkFolder, executableProblem, interpreterProblem } from './executable.ts';
import { becoming, limiting, type Limits, movingInto, setting, settingLast, settingLate, type Words } from './helpers.ts';
import { findUser, type User } from './user.ts';

/** What is to be run, as an administrator writes it. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly envFile?: string | undefined;
  readonly user?: string | undefined;
  readonly limits?: Limits | undefined;
}

/** A start that was checked as far as it can be without doing it. */
export interface Launch {
  /** Of the program itself. */
  readonly path: string;
  readonly args: readonly string[];
  /** Words of those that change their own process, and then become what follows them. */
  readonly helpers: readonly string[];
  /** What its user has anyway, and what is set for it. */
  readonly usual: Readonly<Record<string, string>>;
  readonly own: Readonly<Record<string, string>>;
  readonly user: User | undefined;
}

/** Throws with the exact path and reason when the program cannot be started as it is described. */
export async function prepareLaunch(program: Program, signal: AbortSignal): Promise<Launch> {
  const { args, cwd, limits = {} } = program;
  const user = program.user === undefined ? undefined : await findUser(program.user, signal);
  const helpers = [...limiting(limits), ...becoming(user)];
  checkFolder(cwd);
  const usual = usualEnvironment(user);
  const own = ownEnvironment(program);
  const path = findExecutable(program, own['PATH'] ?? usual['PATH'] ?? DEFAULT_PATH);
  return { path, args, helpers, usual, own, user };
}

export interface CommandLine {
  readonly words: Words;
  readonly env: Readonly<Record<string, string>>;
  /** The program is there only when HELPED_FD is closed. */
  readonly isHelped: boolean;
}

/** What is to be executed. With a cgroup, it is moved into that first of all. */
export function commandLineOf({ path, args, helpers, usual, own, user }: Launch, cgroup?: string): CommandLine {
  const isHelped = cgroup !== undefined || helpers.length > 0;
  const { words: setters, env } = (!isHelped ? setting : user ? settingLate : settingLast)(own);
  const [first = path, ...rest] = [...helpers, ...setters, path, ...args];
  const words: Words = [first, ...rest];
  return { words: cgroup === undefined ? words : movingInto(cgroup, words), env: { ...usual, ...env }, isHelped };
}

function usualEnvironment(user: User | undefined): Record<string, string> {
  const inherited = inheritedEnvironment();
  if (!user) return inherited;
  delete inherited['XDG_RUNTIME_DIR'];
  return { ...inherited, HOME: user.home, USER: user.name, LOGNAME: user.name, SHELL: user.shell };
}

/** What is set by name counts more than what a file says. */
function ownEnvironment({ env, envFile, cwd }: Program): Record<string, string> {
  return { ...(envFile === undefined ? {} : readEnvironmentFile(envFile, cwd)), ...env };
}

function findExecutable({ command, cwd }: Program, path: string): string {
  if (command.includes('/')) return checkedExecutable(resolve(cwd, command));
  for (const folder of path.split(delimiter)) {
    const candidate = join(isAbsolute(folder) ? folder : resolve(cwd, folder), command);
    if (executableProblem(candidate) === undefined) return checkedExecutable(candidate);
  }
  throw new Error(`command "${command}" was not found in PATH (${path})`);
}

function checkedExecutable(path: string): string {
  const problem = executableProblem(path) ?? interpreterProblem(path);
  if (problem !== undefined) throw new Error(`command ${path}: ${problem}`);
  return path;
}
