import { z } from 'zod';
import { PROGRAM_PROPERTIES } from '../shared/program-properties.ts';

/** Private properties of watch. */
export const WatchProperties = z.strictObject(PROGRAM_PROPERTIES);
export type WatchProperties = z.infer<typeof WatchProperties>;
