import { z } from 'zod';

/** How the hosts of a type behave; travels as an argument of the type's command. */
export const Traits = z.object({
  concurrency: z.enum(['serial', 'perResource']),
  remembers: z.boolean(),
  contract: z.enum(['event', 'poll']),
  /** How a failure is told: by a library that repeats itself, by a notification, by one line of a shell with or without incarnation. */
  writer: z.enum(['library', 'notification', 'shell', 'bare']),
  /** The type has isAlive decide about records. */
  verifies: z.boolean(),
  /** What it starts has processes of its own, which outlive the host. */
  outlives: z.boolean(),
  /** Longest time of an ordinary call, ms. */
  workMs: z.number(),
  /** Share of operations that pend. */
  pends: z.number(),
});
export type Traits = z.infer<typeof Traits>;
