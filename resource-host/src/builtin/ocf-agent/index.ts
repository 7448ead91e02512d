import { mkdirSync } from 'node:fs';
import { defineResourceType } from '../../define.ts';
import { CallError } from '../../resource.ts';
import { logFiles, stateDirectory } from '../shared/host-folders.ts';
import { becomeSubreaper } from '../shared/subreaper.ts';
import { clusterCallOf, findAgent, nameOf } from './agent.ts';
import { AgentCalls } from './call.ts';
import { ManagedAgent } from './managed-agent.ts';
import { metaDataOf } from './meta-data.ts';
import { checkParameters } from './parameter-check.ts';
import { AgentProperties } from './properties.ts';
import { recommendations } from './recommendations.ts';

/** Where agents keep their state. A package makes it at boot, but not every machine boots. */
const SCRATCH = '/run/resource-agents';

interface State {
  agent: ManagedAgent;
  /** What another host may have left, until this one knows. */
  inherited: 'running' | 'nothing' | 'remains';
}

/** Any agent of the OCF resource agent API 1.1, as it is. */
export const ocfAgent = defineResourceType({
  name: 'ocf-agent',
  description:
    'Runs an OCF resource agent, such as those of Pacemaker, unmodified. Polled as it recommends, and told by the kernel when a process of it ends.',
  properties: AgentProperties,
  async startup() {
    if (process.platform !== 'linux') throw new Error(`ocf-agent needs Linux (/proc); this is ${process.platform}`);
    stateDirectory();
    await becomeSubreaper();
    makeScratch();
  },
  async open(resource): Promise<State> {
    const agent = await prepared(resource.name, resource.properties, resource.signal);
    if (!resource.recover) {
      await agent.validate(resource);
      return { agent, inherited: 'nothing' };
    }
    const inherited = await agent.probe(resource);
    if (inherited === 'running') resource.foundRunning();
    return { agent, inherited };
  },
  async online(resource) {
    const { state } = resource;
    // Its properties may be others than those that it was opened with.
    const agent = await prepared(resource.name, resource.properties, resource.signal);
    if (state.inherited === 'remains') await state.agent.terminate(resource, { cause: 'recover', reason: 'its host died' });
    resource.state = { agent, inherited: 'nothing' };
    return agent.online(resource);
  },
  async offline(resource) {
    await resource.state.agent.offline(resource);
    resource.setProperties({ statusText: '' });
  },
  async terminate(resource, why) {
    await resource.state.agent.terminate(resource, why);
    resource.setProperties({ statusText: '' });
  },
  looksAlive: (resource) => resource.state.agent.isAlive(resource, 0),
  isAlive: (resource) => resource.state.agent.isAlive(resource),
});

/** Refuses, with the reason, what cannot work. */
async function prepared(name: string, properties: AgentProperties, signal: AbortSignal): Promise<ManagedAgent> {
  try {
    const agent = findAgent(properties.agent, properties.ocfRoot);
    const clusterCall = properties.clusterTools === 'allow' ? undefined : clusterCallOf(agent);
    if (clusterCall !== undefined) {
      throw new Error(
        `${nameOf(agent)} asks a cluster (${agent.path}, ${clusterCall}), and here is none; if it works without, set clusterTools=allow`,
      );
    }
    const metaData = await metaDataOf(agent, properties.ocfRoot, signal);
    checkParameters(agent, metaData, properties);
    const calls = new AgentCalls(name, agent, properties, { stateDirectory: stateDirectory(), logs: logFiles() });
    return new ManagedAgent(calls, recommendations(properties, metaData));
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof CallError ? error : new CallError('invalidParams', error instanceof Error ? error.message : String(error));
  }
}

function makeScratch(): void {
  try {
    mkdirSync(SCRATCH, { recursive: true, mode: 0o1755 });
  } catch {
    // Only root may. An agent that needs it says so.
  }
}
