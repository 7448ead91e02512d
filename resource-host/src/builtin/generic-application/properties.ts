import { z } from 'zod';
import { Limits } from '../shared/helpers.ts';
import { PROGRAM_PROPERTIES } from '../shared/program-properties.ts';
import { milliseconds, regularExpression } from '../shared/property-kinds.ts';
import { STOP_PROPERTIES } from '../shared/stop.ts';

/** The kinds of readiness; an application has one of them at most. */
const READINESS = ['readyPort', 'readyLine', 'readyNotify', 'readyFile'] as const;

/** Private properties of generic-application. */
export const ApplicationProperties = z
  .strictObject({
    ...PROGRAM_PROPERTIES,
    envFile: z
      .string()
      .min(1)
      .optional()
      .meta({ title: 'Environment file' })
      .describe(
        'Lines NAME=VALUE in the syntax of EnvironmentFile= of systemd, read at each start; env counts more. - in front: may be missing.',
      ),
    limits: Limits.optional()
      .meta({ title: 'Limits' })
      .describe(
        'Of each process, as prlimit sets them: nofile, nproc, as, core, cpu, memlock, stack, data, fsize; a number or unlimited. Default: those of the host.',
      ),
    readyPort: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .meta({ title: 'Ready: port' })
      .describe(
        'Online once something accepts connections at this TCP port of readyHost. One of the four ready… at most; default: Online once started.',
      ),
    readyHost: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .meta({ title: 'Ready: host' })
      .describe('Name or address to which readyPort belongs.'),
    readyLine: regularExpression
      .optional()
      .meta({ title: 'Ready: line' })
      .describe('Online once it has printed a line, on standard output or standard error, that matches this regular expression.'),
    readyNotify: z
      .boolean()
      .default(false)
      .meta({ title: 'Ready: notification' })
      .describe('Online once it has sent READY=1 to NOTIFY_SOCKET, as sd_notify(3) does; what it sends as STATUS= is shown by the status.'),
    readyFile: z
      .string()
      .min(1)
      .optional()
      .meta({ title: 'Ready: file' })
      .describe('Online once this file, absolute or relative to cwd, has been written since the start; a pid file, say, or a socket.'),
    readyTimeoutMs: milliseconds(1)
      .default(60_000)
      .meta({ title: 'Ready timeout', unit: 'ms' })
      .describe('Milliseconds from the start until online fails because it is not ready. Default 60000.'),
    ...STOP_PROPERTIES,
  })
  .refine(
    (properties) => READINESS.filter((name) => Boolean(properties[name])).length <= 1,
    `at most one of ${READINESS.join(', ')} may be set`,
  );
export type ApplicationProperties = z.infer<typeof ApplicationProperties>;

/** Whether it works later than it is started. */
export function needsReadiness(properties: ApplicationProperties): boolean {
  return readinessIn(properties).length > 0;
}

function readinessIn(properties: Readonly<Partial<Record<(typeof READINESS)[number], unknown>>>): string[] {
  return READINESS.filter((name) => Boolean(properties[name]));
}
