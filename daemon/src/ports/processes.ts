import type { HostLimits, KillScope, ProcessExamination } from '@andon/protocol';
import type { EventHandle } from './event-handles.ts';

/** What a process is beyond its number, which is reused: signalling by a bare number kills strangers. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time as the kernel tells it; opaque. */
  readonly startTime: string;
  /** Boot in which it runs; opaque. */
  readonly bootId: string;
}

export type ProcessExit =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signalled'; readonly signal: string }
  /** Not our child, so nobody told us how. */
  | { readonly kind: 'gone' };

export interface HostCommand {
  readonly hostId: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The whole environment of the host. */
  readonly env: Readonly<Record<string, string>>;
  /** Run as this user; null = as the daemon. */
  readonly user: string | null;
  /** Nothing that it starts gains privileges by exec. */
  readonly noNewPrivileges: boolean;
  readonly limits: HostLimits;
  /** stdout and stderr are appended to this file, so that the host survives the daemon. */
  readonly logPath: string;
  /** Inherited by the host as an open read-write descriptor, which keeps unread records while no daemon lives. */
  readonly eventHandle: EventHandle;
}

export interface SpawnFailure {
  readonly kind: 'spawnFailed';
  /** Exact path and reason: `/opt/x/host: not executable (EACCES)`. */
  readonly reason: string;
}

/** A living host process, started or adopted. */
export interface HostProcess {
  readonly kind: 'process';
  readonly identity: ProcessIdentity;
  /** Calls back once; at once if it is gone already. For an adopted process only `checkExit` leads to the call. */
  onExit(listener: (exit: ProcessExit) => void): void;
  /** Looks now whether the process has exited (a zombie has) and tells `onExit` if so. */
  checkExit(): boolean;
  /**
   * What can be seen of it now, for whoever asks later why it hung. Synchronous, so that it shows the process as it is killed, and
   * bounded: never waits for the process, and reads no more than fits a page.
   */
  examine(): ProcessExamination | null;
  /** SIGKILL to the scope, then waits until nothing of it is left; `notGone` when it outlives `limitMs`. */
  kill(scope: KillScope, limitMs: number): Promise<'gone' | 'notGone'>;
  /** Polite SIGTERM to the process alone. */
  requestExit(): void;
}

export interface Processes {
  spawn(command: HostCommand): Promise<HostProcess | SpawnFailure>;
  /** The process of this identity if it still runs, else null. */
  adopt(identity: ProcessIdentity): HostProcess | null;
  /** The numeric user, or null when there is none of that name. */
  user(name: string): Promise<{ readonly uid: number; readonly gid: number } | null>;
  /** Absolute path of a command as the daemon would run it, or why it cannot. */
  resolveCommand(command: string, cwd: string | undefined): { readonly path: string } | { readonly problem: string };
}
