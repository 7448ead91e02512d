import { z } from 'zod';
import { GroupState, HostState, ResourceState, WantedState } from './states.ts';

const timestamp = z.iso.datetime();

/** Who or what said that a resource failed. */
export const FailureSource = z.enum([
  'failureRecord',
  'failedNotification',
  'isAlive',
  'onlineError',
  'hangMode',
  'statusReport',
  'pendingTimeout',
  'malformedResult',
  'hostExited',
  'hostTrouble',
  'deadlock',
  'openError',
  'administrator',
  'adoption',
]);
export type FailureSource = z.infer<typeof FailureSource>;

export const LastFailure = z.object({ at: timestamp, reason: z.string(), source: FailureSource });

/** An interval in force, and who set it: the resource, its type, its online result, or nobody. */
const effectiveInterval = z.object({
  ms: z.int().nullable(),
  source: z.enum(['resource', 'type', 'online', 'default', 'eventHandle']),
});

export const ResourceStatus = z.object({
  name: z.string(),
  type: z.string(),
  group: z.string().nullable(),
  state: ResourceState,
  wanted: WantedState,
  contract: z.enum(['event', 'poll']).nullable(),
  incarnation: z.int(),
  host: z.string(),
  /** Automatic restarts since the last online that an administrator asked for. */
  restarts: z.int(),
  statusText: z.string(),
  lastFailure: LastFailure.nullable(),
  /** The daemon's finer state; words may be added. */
  phase: z.string(),
  nextAttemptAt: timestamp.nullable(),
  /** True once the state will not change by itself before `nextAttemptAt`. */
  settled: z.boolean(),
  /** Why the host cannot serve this resource, or null. */
  hostTrouble: z.string().nullable(),
  waitingFor: z.array(z.string()),
  dependsOn: z.string(),
  polls: z.object({ looksAlive: effectiveInterval, isAlive: effectiveInterval }).nullable(),
  data1: z.number().nullable(),
  data2: z.number().nullable(),
  monitorProcessId: z.int().nullable(),
});
export type ResourceStatus = z.infer<typeof ResourceStatus>;

export const HostStatus = z.object({
  id: z.string(),
  pid: z.int().nullable(),
  state: HostState,
  types: z.array(z.string()),
  user: z.string().nullable(),
  startedAt: timestamp.nullable(),
  deaths: z.int(),
  resources: z.int(),
  nextStartAt: timestamp.nullable(),
  trouble: z.string().nullable(),
  /** What was read from its event handle, by what became of it. */
  records: z.object({
    received: z.int(),
    unknown: z.int(),
    stale: z.int(),
    duplicate: z.int(),
    malformed: z.int(),
    unterminated: z.int(),
    floods: z.int(),
  }),
});
export type HostStatus = z.infer<typeof HostStatus>;

export const GroupStatus = z.object({
  name: z.string(),
  description: z.string(),
  state: GroupState,
  resources: z.array(z.string()),
});
export type GroupStatus = z.infer<typeof GroupStatus>;

export const DaemonStatus = z.object({
  version: z.string(),
  pid: z.int(),
  epoch: z.int(),
  startedAt: timestamp,
  scope: z.enum(['system', 'user', 'custom']),
  runtimeDir: z.string(),
  stateDir: z.string(),
  /** Who runs it as a service and starts it again; null = nobody. */
  serviceManager: z.enum(['systemd']).nullable(),
  /** The newest event's number. */
  seq: z.int(),
  /** Trouble of the daemon itself, such as a store that cannot be written; null when all is well. */
  trouble: z.string().nullable(),
  /** Why the files of the configuration directory are not in force, with file, line and column; null when they are. */
  configurationTrouble: z.string().nullable(),
});

/** `andon status --json` */
export const StatusDocument = z.object({
  daemon: DaemonStatus,
  hosts: z.array(HostStatus),
  groups: z.array(GroupStatus),
  resources: z.array(ResourceStatus),
});
export type StatusDocument = z.infer<typeof StatusDocument>;

/** `andon service status --json` */
export const ServiceStatus = z.object({
  scope: z.enum(['system', 'user']),
  /** Path of the unit, whether or not it is there. */
  unit: z.string(),
  installed: z.boolean(),
  /** Whether the unit is what this version of andon would write; null when it is absent or not andon's. */
  upToDate: z.boolean().nullable(),
  enabled: z.boolean(),
  /** systemd's words, as `active` and `running`. */
  active: z.string(),
  sub: z.string(),
  result: z.string(),
  pid: z.int().nullable(),
  since: timestamp.nullable(),
  statusText: z.string(),
  /** Restarts by systemd since somebody started it. */
  restarts: z.int(),
  /** The Node that the unit names. */
  node: z.string().nullable(),
});
export type ServiceStatus = z.infer<typeof ServiceStatus>;
