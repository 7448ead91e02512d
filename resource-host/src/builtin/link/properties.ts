import { z } from 'zod';
import { milliseconds } from '../shared/property-kinds.ts';

/** Name of a network interface. Source: dev_valid_name of the kernel. */
export const interfaceName = z.string().regex(/^[^\s/:]{1,15}$/, 'must be the name of a network interface');

/** Private properties of link. */
export const LinkProperties = z.strictObject({
  interface: interfaceName.meta({ title: 'Interface' }).describe('Name of the network interface: eth0.'),
  requireCarrier: z
    .boolean()
    .default(true)
    .meta({ title: 'Require carrier' })
    .describe('Whether a cable without a signal, or a bridge without a port, is a failure.'),
  setUp: z
    .boolean()
    .default(false)
    .meta({ title: 'Set up' })
    .describe('true: online sets the link up, and offline and terminate set it down. false: it is only watched.'),
  onlineTimeoutMs: milliseconds()
    .default(30_000)
    .meta({ title: 'Online timeout', unit: 'ms' })
    .describe('How long online waits for the link. Default 30000; 0 looks once.'),
});
export type LinkProperties = z.infer<typeof LinkProperties>;
