import type { HostLimits, KillScope, TypeDefinition } from '@andon/protocol';

/** How the host of one slot is started: what its types have in common. */
export interface HostPlan {
  readonly hostId: string;
  readonly argv: readonly string[];
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string | null;
  readonly noNewPrivileges: boolean;
  readonly limits: HostLimits;
  readonly killScope: KillScope;
  readonly startTimeoutMs: number;
  readonly pingIntervalMs: number;
}

export function planFor(hostId: string, type: TypeDefinition): HostPlan {
  const { properties } = type;
  return {
    hostId,
    argv: type.command,
    cwd: type.cwd,
    env: type.env,
    user: properties.user ?? null,
    noNewPrivileges: properties.noNewPrivileges ?? properties.user !== undefined,
    limits: properties.limits ?? {},
    killScope: properties.killScope,
    startTimeoutMs: properties.startTimeoutMs,
    pingIntervalMs: properties.pingIntervalMs,
  };
}

/** Where the daemon lets hosts find things. */
export interface HostEnvironment {
  readonly hostSocket: string;
  readonly stateDir: string;
  readonly logPath: (hostId: string) => string;
  readonly base: Readonly<Record<string, string>>;
}

/** The whole environment of a host process. */
export function environmentFor(plan: HostPlan, environment: HostEnvironment, token: string, eventHandle: string): Record<string, string> {
  return {
    ...environment.base,
    ...plan.env,
    ANDON_SOCKET: environment.hostSocket,
    ANDON_HOST_ID: plan.hostId,
    ANDON_TOKEN: token,
    ANDON_PROTOCOL: 'andon/1',
    ANDON_EVENT_HANDLE: eventHandle,
    ANDON_EVENT_FD: '3',
    ANDON_STATE_DIR: environment.stateDir,
  };
}
