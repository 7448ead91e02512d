import { type ChildProcess, spawn } from 'node:child_process';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { DEFAULT_PATH, inheritedEnvironment } from '../shared/environment.ts';
import { checkFolder, executableProblem } from '../shared/executable.ts';
import type { ApplicationProperties } from './properties.ts';
import { findUser, type User } from './user.ts';

/** A start that was checked as far as it can be without doing it. */
export interface Launch {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: User | undefined;
}

/** Throws with the exact path and reason when the application cannot be started as it is described. */
export async function prepareLaunch(properties: ApplicationProperties, signal: AbortSignal): Promise<Launch> {
  const user = properties.user === undefined ? undefined : await findUser(properties.user, signal);
  if (user && user.uid !== process.getuid?.() && process.getuid?.() !== 0) {
    throw new Error(`cannot run as user "${user.name}": this host runs as uid ${process.getuid?.()}, not as root`);
  }
  const env = environmentOf(properties, user);
  return { path: findExecutable(properties, env['PATH'] ?? DEFAULT_PATH), env, user };
}

/** Starts it in its own session. Throws when the system refuses; then nothing runs. */
export function launch(launch: Launch, properties: ApplicationProperties, marker: string, logFd: number): ChildProcess {
  const [markerName = '', markerValue = ''] = marker.split(/=(.*)/s);
  const { path, user } = launch;
  const child = spawn(path, properties.args, {
    argv0: properties.command,
    cwd: properties.cwd,
    env: { ...launch.env, [markerName]: markerValue },
    // Its own session: neither the end of the host nor a kill of the host's group may reach it.
    detached: true,
    stdio: ['ignore', logFd, logFd],
    ...(user ? { uid: user.uid, gid: user.gid } : {}),
  });
  return child;
}

function environmentOf({ env }: ApplicationProperties, user: User | undefined): Record<string, string> {
  const inherited = inheritedEnvironment();
  if (!user) return { ...inherited, ...env };
  delete inherited['XDG_RUNTIME_DIR'];
  return { ...inherited, HOME: user.home, USER: user.name, LOGNAME: user.name, SHELL: user.shell, ...env };
}

function findExecutable({ command, cwd }: ApplicationProperties, path: string): string {
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
