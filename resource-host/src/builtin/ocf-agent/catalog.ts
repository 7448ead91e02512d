import { availableParallelism } from 'node:os';
import { messageOf } from '../../operation.ts';
import { type Agent, clusterCallOf, findAgent, installedAgents, nameOf, OCF_ROOT } from './agent.ts';
import { type MetaData, metaDataOf } from './meta-data.ts';

/** What a person is told of an agent. */
export interface AgentSummary {
  readonly name: string;
  readonly path: string;
  readonly summary: string;
  /** Why ocf-agent does not take it; null when it does. */
  readonly refused: string | null;
}

export interface AgentDescription extends AgentSummary, Omit<MetaData, 'summary'> {}

/** Every agent of this machine, by name. One that cannot say what it is is told with the reason. */
export async function agentCatalog(ocfRoot = OCF_ROOT): Promise<AgentSummary[]> {
  const waiting = installedAgents(ocfRoot).entries();
  const found: AgentSummary[] = [];
  const work = async (): Promise<void> => {
    for (const [index, agent] of waiting) found[index] = await summaryOf(agent, ocfRoot);
  };
  await Promise.all(Array.from({ length: availableParallelism() * 2 }, work));
  return found;
}

/** Throws when there is no such agent, or it does not say what it is. */
export async function agentDescription(name: string, ocfRoot = OCF_ROOT): Promise<AgentDescription> {
  const agent = findAgent(name, ocfRoot);
  return { name: nameOf(agent), path: agent.path, refused: refusalOf(agent), ...(await metaDataOf(agent, ocfRoot)) };
}

async function summaryOf(agent: Agent, ocfRoot: string): Promise<AgentSummary> {
  const { path } = agent;
  try {
    const { summary } = await metaDataOf(agent, ocfRoot);
    return { name: nameOf(agent), path, summary, refused: refusalOf(agent) };
  } catch (error) {
    return { name: nameOf(agent), path, summary: '', refused: messageOf(error) };
  }
}

function refusalOf(agent: Agent): string | null {
  const call = clusterCallOf(agent);
  return call === undefined ? null : `asks a cluster (${call})`;
}
