import { z } from 'zod';
import { milliseconds } from '../shared/property-kinds.ts';
import { STOP_PROPERTIES } from '../shared/stop.ts';

/** Private properties of process. */
export const ProcessProperties = z
  .strictObject({
    pidFile: z
      .string()
      .startsWith('/')
      .optional()
      .meta({ title: 'Pid file' })
      .describe('File whose first line is the number of the process; an absolute path. Refused when the process is younger than the file.'),
    name: z
      .string()
      .min(1)
      .optional()
      .meta({ title: 'Name' })
      .describe(
        'Name of the process as ps shows it, or of its program without the folder. Exactly one must have it; with pidFile, that one.',
      ),
    user: z.string().min(1).optional().meta({ title: 'User' }).describe('The process runs as this user (name or number). Default: any.'),
    waitMs: milliseconds()
      .default(0)
      .meta({ title: 'Wait', unit: 'ms' })
      .describe(
        'Milliseconds that online waits for the process. Default 0: it must be there. With a supervisor: how long that takes to restart it.',
      ),
    stop: z
      .boolean()
      .default(false)
      .meta({ title: 'Stop' })
      .describe('Whether offline ends the process, and terminate kills it. Default: no, it goes on.'),
    stopSignal: STOP_PROPERTIES.stopSignal.describe('With stop: sent to the process by offline.'),
    stopTimeoutMs: STOP_PROPERTIES.stopTimeoutMs.describe(
      'With stop: milliseconds between the stop signal and the kill of the process and all that it has started. Default 10000; 0 kills at once.',
    ),
  })
  .refine(({ pidFile, name }) => pidFile !== undefined || name !== undefined, 'pidFile or name must be set');
export type ProcessProperties = z.infer<typeof ProcessProperties>;
