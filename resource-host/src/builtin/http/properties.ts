import { z } from 'zod';
import { milliseconds, regularExpression } from '../shared/property-kinds.ts';

const interval = milliseconds(10).optional();

/** Private properties of http. */
export const HttpProperties = z.strictObject({
  url: z
    .string()
    .refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''), 'must be a URL that begins with http:// or https://')
    .meta({ title: 'URL' })
    .describe('What is asked for, beginning with http:// or https://.'),
  method: z
    .enum(['GET', 'POST', 'OPTIONS'])
    .default('GET')
    .meta({ title: 'Method' })
    .describe('Of the thorough question. The cheap one is HEAD.'),
  headers: z
    .record(z.string(), z.string())
    .default({})
    .meta({ title: 'Headers' })
    .describe('Sent with each request; Host among them is kept.'),
  body: z.string().optional().meta({ title: 'Body' }).describe('Sent with the thorough question.'),
  socketPath: z
    .string()
    .startsWith('/')
    .optional()
    .meta({ title: 'Socket' })
    .describe('Unix socket to connect to instead of the host of the URL, an absolute path.'),
  expectStatus: z
    .string()
    .regex(/^\d{3}(-\d{3})?(,\d{3}(-\d{3})?)*$/, 'must be like 200-399 or 200,204,401')
    .default('200-399')
    .meta({ title: 'Expected status' })
    .describe('Status codes of a healthy answer: 200-399, or 200,204. A redirect is not followed.'),
  expectHeaders: z
    .record(z.string(), regularExpression)
    .default({})
    .meta({ title: 'Expected headers' })
    .describe('Regular expressions that headers of the thorough answer must match, by the name of the header.'),
  expectBody: regularExpression
    .optional()
    .meta({ title: 'Expected body' })
    .describe('Regular expression that the first MiB of the body of the thorough answer must match.'),
  head: z
    .boolean()
    .default(true)
    .meta({ title: 'HEAD' })
    .describe('false for a server that does not know HEAD: the cheap question is then OPTIONS, and any answer will do.'),
  caFile: z
    .string()
    .startsWith('/')
    .optional()
    .meta({ title: 'CA file' })
    .describe('Certificates to trust besides those that Node brings, PEM, an absolute path.'),
  verify: z
    .boolean()
    .default(true)
    .meta({ title: 'Verify' })
    .describe('false takes any certificate. Its expiry is looked at all the same.'),
  minCertificateDays: z
    .int()
    .min(0)
    .max(3_650)
    .default(0)
    .meta({ title: 'Certificate days', unit: 'days' })
    .describe('The certificate must be valid for at least so many more days. Default 0: it must not have expired.'),
  timeoutMs: milliseconds(1)
    .default(5_000)
    .meta({ title: 'Timeout', unit: 'ms' })
    .describe('What one request may take, whole answer included. Default 5000.'),
  onlineTimeoutMs: milliseconds()
    .default(30_000)
    .meta({ title: 'Online timeout', unit: 'ms' })
    .describe('How long online waits for a healthy answer. Default 30000; 0 asks once.'),
  looksAliveMs: interval.meta({ title: 'Looks-alive interval', unit: 'ms' }).describe('Between two cheap questions. Default: 5000.'),
  isAliveMs: interval.meta({ title: 'Is-alive interval', unit: 'ms' }).describe('Between two thorough questions. Default: 60000.'),
});
export type HttpProperties = z.infer<typeof HttpProperties>;
