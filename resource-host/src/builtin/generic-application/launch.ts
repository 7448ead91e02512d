import { type ChildProcess, spawn } from 'node:child_process';
import type { Launch } from '../shared/program.ts';
import type { ApplicationProperties } from './properties.ts';

/** Starts it in its own session. Throws when the system refuses; then nothing runs. */
export function launch({ path, env, user }: Launch, properties: ApplicationProperties, marker: string, logFd: number): ChildProcess {
  const [markerName = '', markerValue = ''] = marker.split(/=(.*)/s);
  return spawn(path, properties.args, {
    argv0: properties.command,
    cwd: properties.cwd,
    env: { ...env, [markerName]: markerValue },
    // Its own session: neither the end of the host nor a kill of the host's group may reach it.
    detached: true,
    stdio: ['ignore', logFd, logFd],
    ...(user ? { uid: user.uid, gid: user.gid } : {}),
  });
}
