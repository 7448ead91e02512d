import { z } from 'zod';

/** Properties of every type that starts a program. */
export const PROGRAM_PROPERTIES = {
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
    .describe('Runs as this user (name or number), in all its groups; only a host of root can do that. Default: as the host.'),
};
