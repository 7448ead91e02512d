import { z } from 'zod';
import { milliseconds, regularExpression } from '../shared/property-kinds.ts';

/** Private properties of tcp-lifeline. */
export const LifelineProperties = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').meta({ title: 'Host' }).describe('Name or address of the service.'),
    port: z.int().min(1).max(65_535).optional().meta({ title: 'Port' }).describe('Its TCP port. Either this or path.'),
    path: z.string().startsWith('/').optional().meta({ title: 'Path' }).describe('Its unix socket, an absolute path. Either this or port.'),
    send: z
      .string()
      .min(1)
      .optional()
      .meta({ title: 'Send' })
      .describe(
        'What online, isAlive and the look after a lost connection ask over a connection of their own, as UTF-8: "PING\\r\\n". Default: nothing.',
      ),
    sendHex: z
      .string()
      .regex(/^([0-9a-fA-F]{2})+$/, 'must be pairs of hexadecimal digits')
      .optional()
      .meta({ title: 'Send, as bytes' })
      .describe('The same for what is no text, as hexadecimal digits. Either this or send.'),
    expect: regularExpression
      .optional()
      .meta({ title: 'Expect' })
      .describe(
        'Regular expression that the beginning of the answer must match (bytes as Latin-1): "^\\\\+PONG". Without it a stopped process looks alive, because the kernel accepts connections for it.',
      ),
    onlineTimeoutMs: milliseconds()
      .default(30_000)
      .meta({ title: 'Online timeout', unit: 'ms' })
      .describe('How long online waits for a service that does not answer yet. Default 30000; 0 tries once.'),
    answerTimeoutMs: milliseconds(1)
      .default(5_000)
      .meta({ title: 'Answer timeout', unit: 'ms' })
      .describe('What one connection, with send and expect, may take. Default 5000.'),
    reconnectWindowMs: milliseconds(1)
      .default(2_000)
      .meta({ title: 'Reconnect window', unit: 'ms' })
      .describe('After a lost connection a new one must stand within this time; a refused one is a failure at once. Default 2000.'),
    keepAliveMs: milliseconds()
      .default(10_000)
      .meta({ title: 'Keep-alive', unit: 'ms' })
      .describe(
        'After this time in silence the kernel asks the other machine, 10 times a second apart, whether it is still there. Default 10000; 0 = never.',
      ),
  })
  .refine(({ port, path }) => (port === undefined) !== (path === undefined), 'set either port or path')
  .refine(({ send, sendHex }) => send === undefined || sendHex === undefined, 'set either send or sendHex');
export type LifelineProperties = z.infer<typeof LifelineProperties>;
