import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { DEFAULT_PATH, inheritedEnvironment } from './environment.ts';
import { readEnvironmentFile } from './environment-file.ts';
import { checkFolder, executableProblem, interpreterProblem } from './executable.ts';
import { becoming, limiting, type Limits, setting, settingLater, type Words } from './helpers.ts';
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
  /** All words to be executed: helpers that change their own process and then become what follows them, the program, its arguments. */
  readonly words: Words;
  readonly env: Readonly<Record<string, string>>;
  /** Under whose number it runs. */
  readonly uid: number;
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
  const { words, env } = user ? settingLater(own) : setting(own);
  const [first = path, ...rest] = [...helpers, ...words, path, ...args];
  return { path, words: [first, ...rest], env: { ...usual, ...env }, uid: user?.uid ?? process.getuid?.() ?? 0 };
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
