import { isIP } from 'node:net';
import { z } from 'zod';
import { interfaceName } from '../link/properties.ts';
import { milliseconds } from '../shared/property-kinds.ts';

/** Private properties of address. */
export const AddressProperties = z.strictObject({
  address: z
    .string()
    .refine(isAddress, 'must be an address with its prefix: 192.0.2.10/24, 2001:db8::10/64')
    .meta({ title: 'Address' })
    .describe('IPv4 or IPv6 with its prefix: 192.0.2.10/24.'),
  interface: interfaceName.meta({ title: 'Interface' }).describe('The network interface that has it while the resource is online: eth0.'),
  requireLink: z
    .boolean()
    .default(true)
    .meta({ title: 'Require link' })
    .describe('Whether an interface that goes down, or loses its carrier, is a failure of the address.'),
  announce: z
    .boolean()
    .default(true)
    .meta({ title: 'Announce' })
    .describe('Tells the neighbours of an IPv4 address that has moved here (gratuitous ARP), where arping is installed.'),
  onlineTimeoutMs: milliseconds()
    .default(10_000)
    .meta({ title: 'Online timeout', unit: 'ms' })
    .describe('How long online waits for the interface, and for the answer that nobody else has an IPv6 address. Default 10000.'),
});
export type AddressProperties = z.infer<typeof AddressProperties>;

function isAddress(text: string): boolean {
  const [, address = '', prefix = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(prefix) <= (version === 4 ? 32 : 128);
}
