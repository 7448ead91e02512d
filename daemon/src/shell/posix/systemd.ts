import type { Clock, Log, ServiceManager } from '../../ports/index.ts';
import { type Native, native } from './native.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * systemd as the service manager, by datagrams to NOTIFY_SOCKET as sd_notify(3) describes them. Node has no datagram sockets of the Unix
 * domain, and a helper program would not be the main process, which is the only one that `NotifyAccess=main` believes.
 */
export function systemd(clock: Clock, log: Log, env: Environment = process.env): ServiceManager {
  const send = isMainProcess(env) ? sender(env['NOTIFY_SOCKET'] ?? '', log) : null;
  const tell = (...lines: readonly string[]): void => send?.(lines.join('\n'));
  return {
    kind: send ? 'systemd' : null,
    watchdogMs: send ? watchdogMs(env) : null,
    ready: (status) => tell('READY=1', `STATUS=${oneLine(status)}`),
    reloading: () => tell('RELOADING=1', `MONOTONIC_USEC=${Math.round(clock.monotonicMs() * 1000)}`),
    status: (text) => tell(`STATUS=${oneLine(text)}`),
    alive: () => tell('WATCHDOG=1'),
    stopping: (limitMs) => tell('STOPPING=1', `EXTEND_TIMEOUT_USEC=${limitMs * 1000}`),
  };
}

/** A daemon that somebody starts from within a service has these variables too; SYSTEMD_EXEC_PID tells whom they were meant for. */
function isMainProcess(env: Environment): boolean {
  if (!env['NOTIFY_SOCKET']) return false;
  const meant = env['SYSTEMD_EXEC_PID'];
  return meant === undefined || meant === String(process.pid);
}

function watchdogMs(env: Environment): number | null {
  const meant = env['WATCHDOG_PID'];
  if (meant !== undefined && meant !== String(process.pid)) return null;
  const us = Number(env['WATCHDOG_USEC']);
  return Number.isFinite(us) && us > 0 ? us / 1000 : null;
}

function sender(socket: string, log: Log): ((text: string) => void) | null {
  const calls: Native | null = native();
  const fd = calls?.datagramSocket() ?? -1;
  if (!calls || fd < 0) {
    log.error({ socket }, 'systemd cannot be told that this service is ready: this Node has no node:ffi (26.1 or newer has)');
    return null;
  }
  let hasComplained = false;
  return (text) => {
    const sent = calls.sendDatagram(fd, socket, Buffer.from(text));
    if (sent >= 0 || hasComplained) return;
    hasComplained = true;
    log.warn({ socket }, 'systemd does not take what this service tells it');
  };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
