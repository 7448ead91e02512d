import { z } from 'zod';

const MOST_MS = 0x7fff_ffff;
const interval = z.int().min(10).max(MOST_MS).optional();

/** Private properties of exec. */
export const ScriptProperties = z.strictObject({
  script: z
    .string()
    .min(1)
    .meta({ title: 'Script' })
    .describe('Run as SCRIPT online|offline|terminate|looksalive|isalive: an absolute path, or one relative to cwd. No shell in between.'),
  args: z.array(z.string()).default([]).meta({ title: 'Arguments' }).describe('Passed behind the word.'),
  cwd: z.string().min(1).default('/').meta({ title: 'Working folder' }).describe('Absolute path; it must exist.'),
  env: z
    .record(z.string().regex(/^[^=\0]+$/), z.string())
    .default({})
    .meta({ title: 'Environment' })
    .describe('Added to PATH, HOME, LANG and the like of the host, and to the ANDON_ variables. Nothing else is inherited.'),
  contract: z
    .enum(['auto', 'event', 'poll'])
    .default('auto')
    .meta({ title: 'Contract' })
    .describe(
      'event: never polled, something writes a failure record. auto: event if the script has a line "# andon: event-handle", else poll.',
    ),
  looksAliveMs: interval.meta({ title: 'Looks-alive interval', unit: 'ms' }).describe('Between two runs of looksalive. Default: 5000.'),
  isAliveMs: interval.meta({ title: 'Is-alive interval', unit: 'ms' }).describe('Between two runs of isalive. Default: 60000.'),
  timeoutMs: z
    .int()
    .min(1)
    .max(MOST_MS)
    .default(60_000)
    .meta({ title: 'Timeout', unit: 'ms' })
    .describe(
      'Milliseconds that one run of the script may take. One that takes longer is killed, and the resource is in hang mode. Default 60000.',
    ),
});
export type ScriptProperties = z.infer<typeof ScriptProperties>;
