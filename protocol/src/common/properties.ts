import { z } from 'zod';
import { Milliseconds } from './names.ts';

const positive = Milliseconds.min(1);
const pollInterval = Milliseconds.min(10, 'a poll interval is at least 10 ms; 0 does not switch polling off');

/** Restart actions of the Windows resource property RestartAction. */
export const RestartAction = z.enum(['DontRestart', 'RestartNoNotify', 'RestartNotify']);

/** What ending a host process ends besides it. `none` leaves the process itself running and only breaks with it. */
export const KillScope = z.enum(['process', 'group', 'tree', 'none']);
export type KillScope = z.infer<typeof KillScope>;

/** Time limits that a type sets for all its resources and a resource may set for itself. */
const timeLimits = {
  /** Silence of a pended operation after which it is terminated; a new checkpoint starts it again. ms. */
  PendingTimeout: positive,
  /** Limit of one call, ms. At least 1000. When it expires the host is killed. */
  DeadlockTimeout: Milliseconds.min(1_000, 'DeadlockTimeout is at least 1000 ms'),
  /** Limit of one terminate, ms; capped by DeadlockTimeout. When it expires the host is killed. */
  TerminateTimeout: positive,
};

/** A number, or no limit at all. */
const limit = z.union([z.int().min(0), z.literal('unlimited')]);

/**
 * Limits of one host process and of each that it starts, by the names of prlimit(1): open files, processes of its user (does not bind
 * root), address space and core dump in bytes, processor time in seconds.
 */
export const HostLimits = z.partialRecord(z.enum(['nofile', 'nproc', 'as', 'core', 'cpu']), limit);
export type HostLimits = z.infer<typeof HostLimits>;

/** Common properties of a resource type. Names that Windows has keep their Windows spelling; ours are lowerCamelCase. */
export const TypeProperties = z.strictObject({
  LooksAlivePollInterval: pollInterval.optional(),
  IsAlivePollInterval: pollInterval.optional(),
  PendingTimeout: timeLimits.PendingTimeout.default(180_000),
  DeadlockTimeout: timeLimits.DeadlockTimeout.default(300_000),
  TerminateTimeout: timeLimits.TerminateTimeout.default(30_000),
  /** `verify`: a failure record causes one isAlive, and terminate only when that is false. */
  onSignal: z.enum(['terminate', 'verify']).default('terminate'),
  /** Refuse records that name no incarnation. */
  requireIncarnation: z.boolean().default(false),
  killScope: KillScope.default('tree'),
  /** Run the host as this user. Empty = as the daemon. */
  user: z.string().optional(),
  /** Nothing that the host starts gains privileges by exec: no sudo, no set-uid program. Default: true where `user` is set. */
  noNewPrivileges: z.boolean().optional(),
  limits: HostLimits.optional(),
  /** From spawn to hello, ms. */
  startTimeoutMs: positive.default(60_000),
  /** Share one process with every type whose command, user, folder, environment and restrictions are the same. */
  shareHost: z.boolean().default(false),
  /** Interval of the host's ping, ms; 0 = off. */
  pingIntervalMs: Milliseconds.default(10_000),
});
export type TypeProperties = z.infer<typeof TypeProperties>;

/** Common properties of a resource. Absent = the type's value, or the default named here. */
export const ResourceProperties = z.strictObject({
  LooksAlivePollInterval: pollInterval.nullable().optional(),
  IsAlivePollInterval: pollInterval.nullable().optional(),
  PendingTimeout: timeLimits.PendingTimeout.optional(),
  DeadlockTimeout: timeLimits.DeadlockTimeout.optional(),
  TerminateTimeout: timeLimits.TerminateTimeout.optional(),
  /** Cap on one pended operation in all, ms. Absent = none. */
  maxPendingMs: positive.optional(),
  RestartAction: RestartAction.default('RestartNotify'),
  /** Wait between the answer to terminate and the next online, ms. */
  RestartDelay: Milliseconds.default(500),
  /** Length of the sliding window in which failures count, ms. */
  RestartPeriod: Milliseconds.default(900_000),
  /** Failures within RestartPeriod that are answered by a restart. */
  RestartThreshold: z.int().min(0).default(3),
  /** After the threshold: next attempt, ms. Null = never. At least RestartPeriod. */
  RetryPeriodOnFailure: Milliseconds.nullable().default(3_600_000),
  SeparateMonitor: z.boolean().default(false),
});
export type ResourceProperties = z.infer<typeof ResourceProperties>;

/** S49: a retry period shorter than the restart period would start a new series inside the old one. */
export function retryPeriodProblem(properties: ResourceProperties): string | null {
  const { RetryPeriodOnFailure: retry, RestartPeriod: period } = properties;
  return retry !== null && retry < period
    ? `RetryPeriodOnFailure (${retry} ms) is shorter than RestartPeriod (${period} ms); set it to at least ${period}, or to null for "never"`
    : null;
}
