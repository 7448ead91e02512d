import type { HostProcess, SpawnFailure, StoredHost } from '../../ports/index.ts';
import type { HostTools } from './host-owner.ts';
import type { HostPipes } from './host-pipes.ts';
import { environmentFor, type HostPlan } from './host-plan.ts';

/** Makes the pipe, then the process that inherits it. The process may say hello before this is over. */
export async function startHost(plan: HostPlan, token: string, pipes: HostPipes, tools: HostTools): Promise<HostProcess | SpawnFailure> {
  const { processes, environment } = tools;
  const user = plan.user === null ? null : await processes.user(plan.user);
  if (plan.user !== null && user === null) return { kind: 'spawnFailed', reason: `there is no user "${plan.user}" on this machine` };
  const eventHandle = await pipes.create(user);
  return processes.spawn({
    hostId: plan.hostId,
    argv: plan.argv,
    cwd: plan.cwd ?? environment.stateDir,
    env: environmentFor(plan, environment, token, eventHandle.path),
    user: plan.user,
    noNewPrivileges: plan.noNewPrivileges,
    limits: plan.limits,
    logPath: environment.logPath(plan.hostId),
    eventHandle,
  });
}

/** The process that an earlier daemon started, if it still is that one, with its pipes. `isHeard`: its records can be read. */
export async function findHost(
  stored: StoredHost,
  plan: HostPlan,
  pipes: HostPipes,
  { processes }: HostTools,
): Promise<{ readonly process: HostProcess; readonly isHeard: boolean } | null> {
  const process = processes.adopt(stored.identity);
  if (!process) return null;
  const user = plan.user === null ? null : await processes.user(plan.user);
  return { process, isHeard: await pipes.reopen(stored.identity.pid, user, stored.eventHandles) };
}
