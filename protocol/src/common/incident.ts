import { z } from 'zod';
import { EventHead } from './events.ts';
import { ResourceState } from './states.ts';

const timestamp = z.iso.datetime();
const text = z.string();

/** `20261122T214501-worker-1`: when, in UTC; the host; a number, for those of one second. Sorts by time. */
export const INCIDENT_ID_PATTERN = /^\d{8}T\d{6}-[A-Za-z0-9][A-Za-z0-9._:-]{0,199}-\d+$/;

/**
 * Why an incident was kept. `deadlock`: a call, or a ping, had no answer. `lost`: it lived without a connection for too long.
 * `noHello`: started, and never said hello. `died`: it ended by itself. `cannotStart`: once for a series of failed starts.
 */
export const IncidentReason = z.enum(['deadlock', 'lost', 'noHello', 'died', 'cannotStart']);
export type IncidentReason = z.infer<typeof IncidentReason>;

/** A thread or a child. `state` is the letter of proc(5), `wchan` where in the kernel it waits; empty when it does not. */
const Task = z.object({ id: z.int(), name: text, state: text, wchan: text });
export type Task = z.infer<typeof Task>;

/** What the kernel told of the process just before it was killed. Words, not numbers: read by people. */
export const ProcessExamination = z.object({
  /** How long the examination took, since other hosts waited for it. */
  tookMs: z.number(),
  name: text,
  /** The letter of proc(5): R runs, S sleeps, D sleeps in the kernel and hears no signal, T is stopped, Z has exited. */
  state: text,
  /** Files of /proc/PID as they were, cut at 4 KiB: `status`, `stat`, `wchan`, `syscall`, `stack`, `limits`, `cgroup`. */
  files: z.record(text, text),
  /** Those that could not be read, with the reason. */
  unreadable: z.record(text, text),
  openFiles: z.int().nullable(),
  threads: z.array(Task),
  /** Threads beyond those in the list. */
  moreThreads: z.int(),
  children: z.array(Task),
  moreChildren: z.int(),
});
export type ProcessExamination = z.infer<typeof ProcessExamination>;

const IncidentCall = z.object({
  method: text,
  resource: text.nullable(),
  incarnation: z.int().nullable(),
  elapsedMs: z.number(),
  limitMs: z.number(),
});

const IncidentResource = z.object({ name: text, type: text, state: ResourceState, incarnation: z.int() });

/** Evidence of one host that was killed, was lost, died or does not start: STATE/incidents/ID.json. */
export const Incident = z.object({
  version: z.literal(1),
  id: z.string().regex(INCIDENT_ID_PATTERN),
  at: timestamp,
  reason: IncidentReason,
  /** In words, as the events have it. */
  why: text,
  /** Version of the daemon that kept it. */
  andon: text,
  host: text,
  pid: z.int().nullable(),
  command: z.array(text),
  user: text.nullable(),
  startedAt: timestamp.nullable(),
  aliveMs: z.number().nullable(),
  /** How the process ended; `notGone`: it was killed and is still there; `notStarted`: there was none. */
  end: z.object({
    kind: z.enum(['exited', 'signalled', 'gone', 'notGone', 'notStarted']),
    code: z.int().nullable(),
    signal: text.nullable(),
    how: text,
  }),
  /** What the daemon did: SIGKILL to this scope (null = nothing), how long until all of it was gone, and what it does next. */
  done: z.object({ killScope: text.nullable(), goneAfterMs: z.number().nullable(), next: text }),
  /** Resources that are charged with it: they had a call in flight. */
  culprits: z.array(text),
  /** Calls in flight, the longest first. */
  calls: z.array(IncidentCall),
  /** What it served, as it was then. */
  resources: z.array(IncidentResource),
  process: ProcessExamination.nullable(),
  /** Number of the newest event in `events`; what became of the resources are events after it. */
  seq: z.int(),
  /** The last events of the host and its resources up to then, oldest first. */
  events: z.array(z.looseObject(EventHead.shape)),
  /** The last lines that the host printed. */
  log: z.object({ path: text, lines: z.array(text), isCut: z.boolean(), unreadable: text.nullable() }),
  /** Incidents of this host that were not kept, because there were too many of them after this one. */
  alike: z.object({ count: z.int(), lastAt: timestamp.nullable() }),
});
export type Incident = z.infer<typeof Incident>;
