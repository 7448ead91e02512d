import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { DEFAULT_PATH, inheritedEnvironment } from './environment.ts';
import { readEnvironmentFile } from './environment-file.ts';
import { checkFolder, executableProblem, interpreterProblem } from './executable.ts';
import { becoming, limiting, type Limits, type Words } from './helpers.ts';
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
  const user = program.user === undefined ? undefined : await findUser(program.user, signal);
  const helpers = [...limiting(program.limits ?? {}), ...becoming(user)];
  checkFolder(program.cwd);
  const env = environmentOf(program, user);
  const path = findExecutable(program, env['PATH'] ?? DEFAULT_PATH);
  const [first = path, ...rest] = [...helpers, path, ...program.args];
  return { path, words: [first, ...rest], env, uid: user?.uid ?? process.getuid?.() ?? 0 };
}

/** What is set by name counts more than what a file says, and that more than what is inherited. */
function environmentOf({ env, envFile, cwd }: Program, user: User | undefined): Record<string, string> {
  const inherited = inheritedEnvironment();
  if (user) delete inherited['XDG_RUNTIME_DIR'];
  const ofUser = user ? { HOME: user.home, USER: user.name, LOGNAME: user.name, SHELL: user.shell } : {};
  const fromFile = envFile === undefined ? {} : readEnvironmentFile(envFile, cwd);
  return { ...inherited, ...ofUser, ...fromFile, ...env };
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
