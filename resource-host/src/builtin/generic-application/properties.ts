import { z } from 'zod';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGABRT'] as const;

/** Private properties of generic-application. */
export const ApplicationProperties = z.strictObject({
  command: z
    .string()
    .min(1)
    .meta({ title: 'Command' })
    .describe('The program: an absolute path, a path relative to cwd, or a name that is looked up in PATH. No shell.'),
  args: z.array(z.string()).default([]).meta({ title: 'Arguments' }).describe('Passed as they are, without a shell.'),
  cwd: z.string().min(1).default('/').meta({ title: 'Working folder' }).describe('Absolute path; it must exist.'),
  env: z
    .record(z.string().regex(/^[^=\0]+$/), z.string())
    .default({})
    .meta({ title: 'Environment' })
    .describe('Added to PATH, HOME, LANG and the like of the host. Nothing else is inherited.'),
  user: z
    .string()
    .min(1)
    .optional()
    .meta({ title: 'User' })
    .describe('Runs as this user (name or number); only a host of root can do that. Default: as the host.'),
  stopSignal: z.enum(STOP_SIGNALS).default('SIGTERM').meta({ title: 'Stop signal' }).describe('Sent to the main process by offline.'),
  stopTimeoutMs: z
    .int()
    .min(0)
    .max(0x7fff_ffff)
    .default(10_000)
    .meta({ title: 'Stop timeout', unit: 'ms' })
    .describe('Milliseconds between the stop signal and the kill of all that is left. Default 10000; 0 kills at once.'),
});
export type ApplicationProperties = z.infer<typeof ApplicationProperties>;
