import { type Address, canonicalAddress } from './messages.ts';
import type { NetworkView } from './network.ts';

/** What is wrong with a link, which may have to be `there` only, to be `up`, or to have a `carrier`, too. */
export function linkProblem({ links }: NetworkView, name: string, required: 'there' | 'up' | 'carrier'): string | undefined {
  const link = links.find((one) => one.name === name);
  if (!link) return `there is no interface ${name}`;
  if (required !== 'there' && !link.isUp) return `interface ${name} is down`;
  return required === 'carrier' && !link.hasCarrier ? `interface ${name} has no carrier` : undefined;
}

/** An address of a link, in whatever condition. */
export function findAddress({ links, addresses }: NetworkView, name: string, address: string, prefix: number): Address | undefined {
  const index = links.find((link) => link.name === name)?.index;
  const text = canonicalAddress(address);
  return addresses.find((one) => one.link === index && one.address === text && one.prefix === prefix);
}

/** What is wrong with an address of a link. */
export function addressProblem(view: NetworkView, name: string, address: string, prefix: number): string | undefined {
  const found = findAddress(view, name, address, prefix);
  if (!found) return `address ${address}/${prefix} is not on ${name}`;
  if (found.isDuplicate) return `address ${address} is in use by another machine`;
  return found.isTentative ? `address ${address} on ${name} is still tentative` : undefined;
}
