import { z } from 'zod';

/** A number, or no limit at all. */
const Limit = z.union([z.int().min(0), z.literal('unlimited')]);
const NAMES = ['nofile', 'nproc', 'as', 'core', 'cpu', 'memlock', 'stack', 'data', 'fsize'] as const;

/** By the names of prlimit(1): those of the type property `limits`, and what single programs ask for. */
export const ApplicationLimits = z.partialRecord(z.enum(NAMES), Limit);
