import { delimiter, join } from 'node:path';
import { DEFAULT_PATH } from '../shared/environment.ts';
import { executableProblem } from '../shared/executable.ts';
import type { ApplicationProperties } from './properties.ts';
import type { User } from './user.ts';

/** Moves itself, so that nothing that the application forks comes before the move. Where that is refused it starts all the same. */
const MOVE_INTO_CGROUP = ['/bin/sh', '-c', '{ echo 0 > "$0/cgroup.procs"; } 2>/dev/null; exec "$@"'];

/** Programs that each change something of their own process and then become what follows them. */
export function helpersFor(properties: Pick<ApplicationProperties, 'limits'>, user: User | undefined): string[] {
  return [...limiting(properties.limits ?? {}), ...becoming(user)];
}

/** To be put in front of all others: only root may move a process that has become another user. */
export function movingInto(cgroup: string): string[] {
  return [...MOVE_INTO_CGROUP, cgroup];
}

function limiting(limits: NonNullable<ApplicationProperties['limits']>): string[] {
  const flags = Object.entries(limits).map(([name, value]) => `--${name}=${value}`);
  return flags.length === 0 ? [] : [helper('prlimit', 'limits'), ...flags, '--'];
}

function becoming(user: User | undefined): string[] {
  if (!user || user.uid === process.getuid?.()) return [];
  if (process.getuid?.() !== 0) {
    throw new Error(`cannot run as user "${user.name}": this host runs as uid ${process.getuid?.()}, not as root`);
  }
  return [helper('setpriv', 'user'), `--reuid=${user.uid}`, `--regid=${user.gid}`, '--init-groups', '--'];
}

function helper(program: string, property: string): string {
  for (const folder of DEFAULT_PATH.split(delimiter)) {
    const path = join(folder, program);
    if (executableProblem(path) === undefined) return path;
  }
  throw new Error(`property ${property} needs ${program}, which is not in ${DEFAULT_PATH}; install the package util-linux`);
}
