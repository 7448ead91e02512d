import { suggestion } from '@andon/protocol';
import type { Agent } from './agent.ts';
import { nameOf } from './agent.ts';
import type { MetaData } from './meta-data.ts';
import type { AgentProperties } from './properties.ts';

/** Throws with every parameter that the agent does not know, and every one that it requires and was not given. */
export function checkParameters(agent: Agent, { parameters: known }: MetaData, { parameters }: AgentProperties): void {
  const names = known.map(({ name }) => name);
  const unknown = Object.keys(parameters).filter((name) => !names.includes(name));
  const missing = known.filter(({ name, isRequired, initial }) => isRequired && initial === undefined && parameters[name] === undefined);
  const problems = [
    ...unknown.map((name) => `${nameOf(agent)} has no parameter ${name}.${suggestion(name, names)}`),
    ...missing.map(({ name, summary }) => `${nameOf(agent)} needs the parameter ${name}${summary === '' ? '' : ` (${summary})`}.`),
  ];
  if (problems.length > 0) throw new Error(`${problems.join(' ')} All of them: andon type show ${nameOf(agent)}`);
}
