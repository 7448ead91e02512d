import { z } from 'zod';
import { HostedResource } from './host-requests.ts';
import { CallId, Milliseconds } from './names.ts';

/** Errors that travel on the wire. `retryable` is the sender's opinion; only idempotent calls are ever repeated. */
export const WIRE_ERROR_CODES = [
  'notSupported',
  'invalidParams',
  'unknownResource',
  'invalidState',
  'staleIncarnation',
  'busy',
  'timeout',
  'cancelled',
  'failed',
  'unavailable',
  'hung',
  'internal',
  'shuttingDown',
] as const;

export const WireError = z.object({
  /** One of WIRE_ERROR_CODES; an unknown word counts as `failed`. */
  code: z.string().min(1),
  message: z.string().default(''),
  retryable: z.boolean().default(false),
  data: z.json().optional(),
});
export type WireError = z.infer<typeof WireError>;

/** `serial`: one call at a time in the whole host. `perResource`: one at a time for each resource. */
export const Concurrency = z.enum(['serial', 'perResource']);
export type Concurrency = z.infer<typeof Concurrency>;

export const HostCapabilities = z.object({
  /** Keeps the last result of online, offline and terminate for each resource, and answers a repeat from it. */
  remembersResults: z.boolean().optional(),
});

/** First frame of a connection, from the host. */
export const Hello = z.object({
  protocols: z.array(z.string()).min(1),
  token: z.string(),
  hostId: z.string(),
  pid: z.int().min(1),
  software: z.object({ name: z.string(), version: z.string() }).optional(),
  concurrency: Concurrency.default('serial'),
  capabilities: HostCapabilities.default({}),
  /** How many resources there are in all; more than `resources` holds means that `resources` notifications follow. */
  resourceCount: z.int().min(0).optional(),
  resources: z.array(HostedResource).default([]),
});
export type Hello = z.infer<typeof Hello>;

/** The daemon's answer to a hello it accepts. */
export const Welcome = z.object({
  protocol: z.string(),
  /** Grows with every start of the daemon. */
  epoch: z.int().min(1),
  eventHandle: z.string(),
  limits: z.object({
    maxFrame: z.int(),
    maxRecord: z.int(),
    maxInFlight: z.int(),
    /** No daemon for this long: take your resources offline and end. 0 = never. */
    orphanPeriodMs: Milliseconds,
  }),
  capabilities: z.record(z.string(), z.json()),
});
export type Welcome = z.infer<typeof Welcome>;

export const GOODBYE_CODES = ['noCommonProtocol', 'unauthorized', 'duplicateHost', 'shutdown', 'protocolViolation'] as const;
/** The daemon's last frame before it closes a connection. */
export const Goodbye = z.object({
  code: z.enum(GOODBYE_CODES),
  message: z.string(),
  supported: z.array(z.string()),
});
export type Goodbye = z.infer<typeof Goodbye>;

export const Request = z.object({
  id: CallId,
  method: z.string().min(1),
  params: z.unknown().optional(),
  /** Longest silence before the answer; a status report with a larger checkpoint starts it again. */
  deadlineMs: Milliseconds.optional(),
  /** Longest time in all; absent = no such limit. */
  maxMs: Milliseconds.optional(),
});
export type Request = z.infer<typeof Request>;

export const Response = z.discriminatedUnion('ok', [
  z.object({ id: CallId, ok: z.literal(true), result: z.unknown().optional() }),
  z.object({ id: CallId, ok: z.literal(false), error: WireError }),
]);
export type Response = z.infer<typeof Response>;

export const Notify = z.object({ method: z.string().min(1), params: z.unknown().optional() });
export type Notify = z.infer<typeof Notify>;

/** The six types of frame. A frame on the wire is `{"type":TYPE,"data":…}` and a form feed. */
export const FRAMES = {
  hello: Hello,
  welcome: Welcome,
  goodbye: Goodbye,
  request: Request,
  response: Response,
  notify: Notify,
} as const;
export type FrameType = keyof typeof FRAMES;
