import { z } from 'zod';
import { MIN_POLL_INTERVAL_MS } from './limits.ts';
import { Incarnation, ResourceName, TypeName } from './names.ts';

/** Private properties of a resource as its type declared them; JSON values only. */
export const PrivateProperties = z.record(z.string(), z.json());
export type PrivateProperties = z.infer<typeof PrivateProperties>;

const instance = { resourceId: ResourceName, incarnation: Incarnation };
export const PollInterval = z.int().min(MIN_POLL_INTERVAL_MS).max(0x7fff_ffff);

export const PollContract = z.object({
  contract: z.literal('poll'),
  looksAliveMs: PollInterval.optional(),
  isAliveMs: PollInterval.optional(),
});
export const EventContract = z.object({
  contract: z.literal('event'),
  /** Must be a handle that the daemon issued to this host; the daemon never opens a path that a host names. */
  eventHandle: z.string().min(1),
});
export const Contract = z.discriminatedUnion('contract', [PollContract, EventContract]);
export type Contract = z.infer<typeof Contract>;

const Pending = z.object({ pending: z.literal(true) });
export const OnlineResult = z.union([Pending, Contract]);
export type OnlineResult = z.infer<typeof OnlineResult>;
export const OfflineResult = z.object({ pending: z.literal(true).optional() });
export const AliveResult = z.object({ alive: z.boolean(), reason: z.string().optional() });
export const OpenResult = z.object({ found: z.enum(['nothing', 'running']).default('nothing') });
const Nothing = z.object({}).optional();

/** Every call from the daemon to a host: its parameters and its result. */
export const ENTRY_POINTS = {
  startup: {
    params: z.object({ types: z.array(TypeName) }),
    result: z.object({ resourceTypes: z.array(z.string()) }),
  },
  open: {
    params: z.object({
      resourceId: ResourceName,
      type: TypeName,
      properties: PrivateProperties,
      recover: z.boolean(),
    }),
    result: OpenResult,
  },
  online: {
    params: z.object({
      ...instance,
      properties: PrivateProperties,
      eventHandle: z.string(),
      /** What to write to the event handle when this instance fails: `web-1@7`. */
      failureRecord: z.string(),
      /** An administrator has said that hang mode is over. */
      clearHang: z.boolean().optional(),
    }),
    result: OnlineResult,
  },
  offline: { params: z.object({ ...instance, cause: z.string() }), result: OfflineResult.optional() },
  terminate: {
    params: z.object({ ...instance, cause: z.string(), reason: z.string() }),
    result: Nothing,
  },
  looksAlive: { params: z.object(instance), result: AliveResult },
  isAlive: { params: z.object(instance), result: AliveResult },
  resourceControl: {
    params: z.object({ resourceId: ResourceName, code: z.string(), input: z.json().optional() }),
    result: z.object({ output: z.json().optional() }),
  },
  resourceTypeControl: {
    params: z.object({ type: TypeName, code: z.string(), input: z.json().optional() }),
    result: z.object({ output: z.json().optional() }),
  },
  close: { params: z.object({ resourceId: ResourceName }), result: Nothing },
  ping: { params: z.object({}), result: Nothing },
} as const;

export type EntryPoint = keyof typeof ENTRY_POINTS;
export type EntryPointParams<M extends EntryPoint> = z.infer<(typeof ENTRY_POINTS)[M]['params']>;
export type EntryPointResult<M extends EntryPoint> = z.infer<(typeof ENTRY_POINTS)[M]['result']>;
/** The calls that drive one resource, as opposed to the host as a whole. */
export type InstanceCall = 'open' | 'online' | 'offline' | 'terminate' | 'looksAlive' | 'isAlive' | 'close';
