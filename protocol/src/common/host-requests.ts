import { z } from 'zod';
import { PollInterval } from './entry-points.ts';
import { CallId, Incarnation, Milliseconds, ResourceName } from './names.ts';

/** A host's word on an operation that it left pending. Legal only while that operation is pending (S19). */
export const StatusReport = z.object({
  /** The id of the online or offline request that is pending: `web-1@7/online`. */
  operationId: CallId,
  /** Grows with every sign of progress. The same number again means *alive, but no progress*. */
  checkpoint: z.int().min(0),
  state: z.enum(['onlinePending', 'offlinePending', 'online', 'offline', 'failed']),
  /** With `online`: the contract, as the online result would have carried it (S31). No handle means a poll contract. */
  eventHandle: z.string().min(1).optional(),
  looksAliveMs: PollInterval.optional(),
  isAliveMs: PollInterval.optional(),
  text: z.string().optional(),
  /** With `failed`: the code that the error would have had, had the operation not pended. Absent = `failed`. */
  code: z.string().min(1).optional(),
});
export type StatusReport = z.infer<typeof StatusReport>;

/** Every request from a host to the daemon. */
export const HOST_REQUESTS = {
  statusReport: {
    params: StatusReport,
    result: z.object({ answer: z.enum(['continue', 'terminate']) }),
  },
  /** Gives the running control call `callId` `ms` more, counted from now; that call only (S40). */
  extendControl: { params: z.object({ callId: CallId, ms: Milliseconds.min(1) }), result: z.object({}) },
  /** In-memory values of a resource; gone after a restart of its host (S54). */
  setProperties: {
    params: z.object({
      resourceId: ResourceName,
      statusText: z.string().optional(),
      data1: z.number().optional(),
      data2: z.number().optional(),
    }),
    result: z.object({}),
  },
  /** One more pipe for this host. */
  createEventHandle: {
    params: z.object({ name: z.string().regex(/^[A-Za-z0-9_-]{1,32}$/) }),
    result: z.object({ eventHandle: z.string() }),
  },
} as const;
export type HostRequest = keyof typeof HOST_REQUESTS;

/** Notifications need no answer. The daemon sends `cancel` and `recordDismissed`; a host sends the others. */
export const NOTIFICATIONS = {
  /** Stop working on this call if you can; its answer is still owed. */
  cancel: z.object({ id: CallId, reason: z.string() }),
  /** The record was verified by isAlive and refuted: the resource stays Online. */
  recordDismissed: z.object({ resourceId: ResourceName, incarnation: Incarnation, reason: z.string() }),
  /** The rest of a hello's resources (`hello.resourceCount` says how many there are in all). */
  resources: z.object({ resources: z.array(z.lazy(() => HostedResource)) }),
  log: z.object({
    level: z.enum(['debug', 'info', 'warn', 'error']),
    text: z.string(),
    resourceId: ResourceName.optional(),
  }),
  /** The same as a failure record, for hosts that find a frame easier than a pipe. */
  failed: z.object({ resourceId: ResourceName, incarnation: Incarnation, reason: z.string().optional() }),
} as const;
export type NotificationMethod = keyof typeof NOTIFICATIONS;

/** The host's truth about one of its resources, told in hello. */
export const HostedResource = z.object({
  id: ResourceName,
  /** Of its last online; 0 = opened, never online. */
  incarnation: z.int().min(0).max(0xffff_ffff),
  state: z.enum(['Offline', 'Online', 'OnlinePending', 'OfflinePending', 'Failed']),
  /** It failed, and no terminate has come yet. */
  failed: z.boolean().optional(),
  /** The last operation the host finished for it, and whether it succeeded. */
  lastOp: z.object({ id: CallId, ok: z.boolean() }).optional(),
  /** The contract it runs under, when Online. */
  contract: z.enum(['event', 'poll']).optional(),
});
export type HostedResource = z.infer<typeof HostedResource>;
