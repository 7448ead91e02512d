import { event } from '../../contract.ts';
import { defineResourceType } from '../../define.ts';
import type { Resource } from '../../resource.ts';
import { messageOf } from '../../operation.ts';
import { systemProgram } from '../shared/helpers.ts';
import { NOT_WATCHING, untilWell, type Watching, whenIll } from '../shared/rtnetlink/awaited.ts';
import { type NetworkView, sharedNetwork } from '../shared/rtnetlink/network.ts';
import { addressProblem, findAddress, linkProblem } from '../shared/rtnetlink/problems.ts';
import { requireNetlink } from '../shared/rtnetlink/requirement.ts';
import { runTool } from '../shared/tool.ts';
import { AddressProperties } from './properties.ts';

const TOOL_LIMIT_MS = 10_000;

/** An IP address on a network interface. */
export const address = defineResourceType({
  name: 'address',
  description:
    'Adds an IP address to a network interface and removes it. The kernel tells when somebody else removes it, or its interface goes down. Never polled.',
  properties: AddressProperties,
  startup: () => requireNetlink('address'),
  async open({ properties, recover, foundRunning }): Promise<Watching> {
    if (recover && isThere(properties, await (await sharedNetwork()).fresh())) foundRunning();
    return NOT_WATCHING;
  },
  async online(resource) {
    const { properties, signal } = resource;
    resource.state.stopWatching();
    const network = await sharedNetwork();
    if (!isThere(properties, await network.fresh())) {
      const args = ['addr', 'add', properties.address, 'dev', properties.interface];
      await runTool('ip', args, { timeoutMs: TOOL_LIMIT_MS, signal });
    }
    await untilWell(network, resource, { problemOf: problemOf(properties), timeoutMs: properties.onlineTimeoutMs });
    resource.state = { stopWatching: whenIll(network, problemOf(properties), resource.fail) };
    resource.setProperties({ statusText: `${properties.address} on ${properties.interface}` });
    void announce(properties, resource);
    return event();
  },
  offline: (resource) => end(resource),
  terminate: (resource) => end(resource),
  async isAlive({ properties }) {
    const problem = problemOf(properties)(await (await sharedNetwork()).fresh());
    return problem === undefined ? true : { alive: false, reason: problem };
  },
});

function problemOf(properties: AddressProperties): (view: NetworkView) => string | undefined {
  const [text, prefix] = parts(properties);
  const { interface: name, requireLink } = properties;
  return (view) => linkProblem(view, name, requireLink ? 'carrier' : 'there') ?? addressProblem(view, name, text, prefix);
}

/** In whatever condition. */
function isThere(properties: AddressProperties, view: NetworkView): boolean {
  return findAddress(view, properties.interface, ...parts(properties)) !== undefined;
}

async function end(
  resource: Pick<Resource<AddressProperties, Watching>, 'properties' | 'signal' | 'state' | 'setProperties'>,
): Promise<void> {
  const { properties, signal } = resource;
  resource.state.stopWatching();
  resource.state = NOT_WATCHING;
  resource.setProperties({ statusText: '' });
  if (!isThere(properties, await (await sharedNetwork()).fresh())) return;
  await runTool('ip', ['addr', 'del', properties.address, 'dev', properties.interface], { timeoutMs: TOOL_LIMIT_MS, signal });
}

/** Neighbours that are not told find out by themselves, only later. */
async function announce(
  properties: AddressProperties,
  { signal, log }: Pick<Resource<AddressProperties, Watching>, 'signal' | 'log'>,
): Promise<void> {
  const [text] = parts(properties);
  if (!properties.announce || text.includes(':') || systemProgram('arping') === undefined) return;
  const args = ['-q', '-U', '-c', '1', '-w', '1', '-I', properties.interface, text];
  await runTool('arping', args, { timeoutMs: TOOL_LIMIT_MS, signal }).catch((error: unknown) => {
    if (!signal.aborted) log('warn', `the neighbours were not told of ${text}: ${messageOf(error)}`);
  });
}

function parts({ address: whole }: AddressProperties): readonly [address: string, prefix: number] {
  const [text = '', prefix = ''] = whole.split('/');
  return [text, Number(prefix)];
}
