import type { Agent } from 'node:http';
import { poll } from '../../contract.ts';
import { defineResourceType } from '../../define.ts';
import type { Alive } from '../../definition.ts';
import { messageOf } from '../../operation.ts';
import { retried } from '../shared/retried.ts';
import { problemOf, statusProblem } from './health.ts';
import { HttpProperties } from './properties.ts';
import { ask, keepAliveAgent } from './request.ts';

interface State {
  /** Holds the connection over which the cheap question is asked. */
  agent: Agent | undefined;
}

/** What a web server says of itself. Nothing tells when it fails, so it is asked. */
export const http = defineResourceType({
  name: 'http',
  description: 'Asks a URL: HEAD over a connection that stays open, and now and then a whole request with what its answer must be. Polled.',
  properties: HttpProperties,
  open: (): State => ({ agent: undefined }),
  async online(resource) {
    const { properties, signal, state } = resource;
    const { url, looksAliveMs, isAliveMs } = properties;
    release(state);
    await retried({
      attempt: async () => {
        const problem = await thoroughProblem(properties, signal);
        if (problem !== undefined) throw new Error(problem);
      },
      forMs: properties.onlineTimeoutMs,
      signal,
      onTrouble: (trouble) => void resource.statusReport({ text: `waiting for ${url}: ${messageOf(trouble)}` }),
    }).catch((cause: unknown) => {
      throw new Error(`${url}: ${messageOf(cause)}`, { cause });
    });
    state.agent = keepAliveAgent(properties);
    return poll({ ...(looksAliveMs === undefined ? {} : { looksAliveMs }), ...(isAliveMs === undefined ? {} : { isAliveMs }) });
  },
  offline: ({ state }) => release(state),
  terminate: ({ state }) => release(state),
  looksAlive: ({ properties, state, signal }) => alive(properties, signal, () => cheapProblem(properties, state.agent, signal)),
  // Over a connection of its own: behind an old one nobody may listen any more.
  isAlive: ({ properties, signal }) => alive(properties, signal, () => thoroughProblem(properties, signal)),
});

async function cheapProblem(properties: HttpProperties, agent: Agent | undefined, signal: AbortSignal): Promise<string | undefined> {
  if (!properties.head) {
    // Any answer at all: what a server thinks of a method that it does not know is no matter.
    await ask(properties, { method: 'OPTIONS', agent, signal });
    return undefined;
  }
  return statusProblem(await ask(properties, { method: 'HEAD', agent, signal }), properties);
}

async function thoroughProblem(properties: HttpProperties, signal: AbortSignal): Promise<string | undefined> {
  const { method, body } = properties;
  return problemOf(await ask(properties, { method, body, agent: undefined, signal }), properties);
}

async function alive({ url }: HttpProperties, signal: AbortSignal, problem: () => Promise<string | undefined>): Promise<Alive> {
  try {
    const found = await problem();
    return found === undefined ? true : { alive: false, reason: `${url}: ${found}` };
  } catch (error) {
    signal.throwIfAborted();
    return { alive: false, reason: `${url}: ${messageOf(error)}` };
  }
}

function release(state: State): void {
  state.agent?.destroy();
  state.agent = undefined;
}
