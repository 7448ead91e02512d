import { z } from 'zod';

const LONGEST_MS = 0x7fff_ffff;
const interval = z.int().min(10).max(LONGEST_MS).optional();

/** Private properties of exec. */
export const ScriptProperties = z.strictObject({
  script: z
    .string()
    .min(1)
    .meta({ title: 'Script' })
    .describe('The program to run: an absolute path, or one relative to cwd. Any language; it must be executable.'),
  args: z.array(z.string()).default([]).meta({ title: 'Arguments' }).describe('Passed after the word (online, offline, …).'),
  cwd: z.string().min(1).default('/').meta({ title: 'Working folder' }).describe('Absolute path; it must exist.'),
  env: z
    .record(z.string().regex(/^[^=\0]+$/), z.string())
    .default({})
    .meta({ title: 'Environment' })
    .describe('Added to PATH, HOME, LANG and the like of the host, and to the ANDON_ variables. Nothing else is inherited.'),
  user: z
    .string()
    .min(1)
    .optional()
    .meta({ title: 'User' })
    .describe('Runs as this user (name or number); only a host of root can do that. Default: as the host.'),
  contract: z
    .enum(['auto', 'event', 'poll'])
    .default('auto')
    .meta({ title: 'Contract' })
    .describe(
      'event: never polled, failures come by the event handle. poll: asked at intervals. auto: event if a line of the script is `# andon: event-handle`, else poll.',
    ),
  looksAliveMs: interval
    .meta({ title: 'Interval of looksalive', unit: 'ms' })
    .describe('Milliseconds between two runs of looksalive, when polled. Default: that of the daemon (5000).'),
  isAliveMs: interval
    .meta({ title: 'Interval of isalive', unit: 'ms' })
    .describe('Milliseconds between two runs of isalive, when polled. Default: that of the daemon (60000).'),
  timeoutMs: z
    .int()
    .min(1)
    .max(LONGEST_MS)
    .default(60_000)
    .meta({ title: 'Timeout', unit: 'ms' })
    .describe(
      'Milliseconds that one entry point may take; one that takes longer is killed, and the resource enters hang mode. Default 60000.',
    ),
  onlineTimeoutMs: z
    .int()
    .min(1)
    .max(LONGEST_MS)
    .optional()
    .meta({ title: 'Timeout of online', unit: 'ms' })
    .describe('The same for online alone. Default: timeoutMs. While online prints nothing, PendingTimeout (180000) bounds it too.'),
});
export type ScriptProperties = z.infer<typeof ScriptProperties>;
