import { type ChildProcess, spawn } from 'node:child_process';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { DEFAULT_PATH, inheritedEnvironment } from '../shared/environment.ts';
import { checkFolder, executableProblem, interpreterProblem } from '../shared/executable.ts';
import { readEnvironmentFile } from './environment-file.ts';
import { helpersFor } from './helpers.ts';
import type { ApplicationProperties } from './properties.ts';
import { findUser, type User } from './user.ts';

/** A start that was checked as far as it can be without doing it. */
export interface Launch {
  readonly path: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Program and arguments that stand in front of it. */
  readonly helpers: readonly string[];
  /** Under whose number it runs. */
  readonly uid: number;
}

/** Throws with the exact path and reason when the application cannot be started as it is described. */
export async function prepareLaunch(properties: ApplicationProperties, signal: AbortSignal): Promise<Launch> {
  const user = properties.user === undefined ? undefined : await findUser(properties.user, signal);
  const { args, cwd } = properties;
  const helpers = helpersFor(properties, user);
  checkFolder(cwd);
  const env = environmentOf(properties, user);
  const path = findExecutable(properties, env['PATH'] ?? DEFAULT_PATH);
  return { path, args, cwd, env, helpers, uid: user?.uid ?? process.getuid?.() ?? 0 };
}

export interface LaunchSurroundings {
  /** Variables that andon adds to those of the application. */
  readonly variables: Readonly<Record<string, string>>;
  /** Programs in front of all others. */
  readonly helpers: readonly string[];
  readonly logFd: number;
}

/** Starts it in its own session. Throws when the system refuses; then nothing runs. */
export function launch({ path, args, cwd, env, helpers }: Launch, around: LaunchSurroundings): ChildProcess {
  const [program = path, ...rest] = [...around.helpers, ...helpers, path, ...args];
  return spawn(program, rest, {
    cwd,
    env: { ...env, ...around.variables },
    // Its own session: neither the end of the host nor a kill of the host's group may reach it.
    detached: true,
    stdio: ['ignore', around.logFd, around.logFd],
  });
}

/** What is set by name counts more than what a file says, and that more than what is inherited. */
function environmentOf({ env, envFile, cwd }: ApplicationProperties, user: User | undefined): Record<string, string> {
  const inherited = inheritedEnvironment();
  if (user) delete inherited['XDG_RUNTIME_DIR'];
  const ofUser = user ? { HOME: user.home, USER: user.name, LOGNAME: user.name, SHELL: user.shell } : {};
  const fromFile = envFile === undefined ? {} : readEnvironmentFile(envFile, cwd);
  return { ...inherited, ...ofUser, ...fromFile, ...env };
}

function findExecutable({ command, cwd }: ApplicationProperties, path: string): string {
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
