/** What the daemon tells a host through its environment. */
export interface HostEnvironment {
  readonly socket: string;
  readonly hostId: string;
  readonly token: string;
  readonly eventHandle: string;
  readonly eventFd: number;
  readonly eventFdIsNamed: boolean;
}

/**
 * Reads it, and removes the token from `process.env`: whoever holds it can speak as this host, so neither the module of the
 * author nor any process that a resource starts may find it there. Undefined when no daemon started this process.
 */
export function takeHostEnvironment(env: NodeJS.ProcessEnv = process.env): HostEnvironment | undefined {
  const token = env['ANDON_TOKEN'] ?? '';
  delete env['ANDON_TOKEN'];
  const socket = env['ANDON_SOCKET'];
  if (!socket) return undefined;
  const eventFd = Number(env['ANDON_EVENT_FD'] ?? 3);
  return {
    socket,
    token,
    hostId: env['ANDON_HOST_ID'] ?? '',
    eventHandle: env['ANDON_EVENT_HANDLE'] ?? '',
    eventFd: Number.isInteger(eventFd) && eventFd >= 3 ? eventFd : 3,
    eventFdIsNamed: env['ANDON_EVENT_FD'] !== undefined,
  };
}
