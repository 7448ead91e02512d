import { event } from '../../contract.ts';
import { defineResourceType } from '../../define.ts';
import { NOT_WATCHING, untilWell, type Watching, whenIll } from '../shared/rtnetlink/awaited.ts';
import { type NetworkView, sharedNetwork } from '../shared/rtnetlink/network.ts';
import { linkProblem } from '../shared/rtnetlink/problems.ts';
import { requireNetlink } from '../shared/rtnetlink/requirement.ts';
import { runTool } from '../shared/tool.ts';
import { LinkProperties } from './properties.ts';

const IP_LIMIT_MS = 10_000;

/** A network interface. */
export const link = defineResourceType({
  name: 'link',
  description:
    'Watches a network interface, and sets it up and down if told to. The kernel tells when it goes down or loses its carrier. Never polled.',
  properties: LinkProperties,
  startup: () => requireNetlink('link'),
  open: (): Watching => NOT_WATCHING,
  async online(resource) {
    const { properties, signal } = resource;
    resource.state.stopWatching();
    const network = await sharedNetwork();
    if (properties.setUp) await set(properties, 'up', signal);
    await untilWell(network, resource, { problemOf: problemOf(properties), timeoutMs: properties.onlineTimeoutMs });
    resource.state = { stopWatching: whenIll(network, problemOf(properties), resource.fail) };
    return event();
  },
  offline: (resource) => end(resource),
  terminate: (resource) => end(resource),
  async isAlive({ properties }) {
    const problem = problemOf(properties)(await (await sharedNetwork()).fresh());
    return problem === undefined ? true : { alive: false, reason: problem };
  },
});

function problemOf({ interface: name, requireCarrier }: LinkProperties): (view: NetworkView) => string | undefined {
  return (view) => linkProblem(view, name, requireCarrier ? 'carrier' : 'up');
}

async function end(resource: { state: Watching; readonly properties: LinkProperties; readonly signal: AbortSignal }): Promise<void> {
  const { properties, signal } = resource;
  resource.state.stopWatching();
  resource.state = NOT_WATCHING;
  const { links } = await (await sharedNetwork()).fresh();
  if (properties.setUp && links.some(({ name, isUp }) => name === properties.interface && isUp)) await set(properties, 'down', signal);
}

function set({ interface: name }: LinkProperties, state: 'up' | 'down', signal: AbortSignal): Promise<void> {
  return runTool('ip', ['link', 'set', 'dev', name, state], { timeoutMs: IP_LIMIT_MS, signal });
}
