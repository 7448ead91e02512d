import { event } from '../../contract.ts';
import { defineResourceType } from '../../define.ts';
import { retried } from '../shared/retried.ts';
import { messageOf } from '../../operation.ts';
import { Lifeline } from './lifeline.ts';
import { LifelineProperties } from './properties.ts';
import { addressOf, ask, silentConnection } from './service.ts';

interface State {
  lifeline: Lifeline | undefined;
}

/** A service that somebody else runs, held by one open connection. */
export const tcpLifeline = defineResourceType({
  name: 'tcp-lifeline',
  description: 'Keeps one connection to a TCP or unix-socket service open; its loss, and a refused new one, is the failure. Never polled.',
  properties: LifelineProperties,
  open: (): State => ({ lifeline: undefined }),
  async online(resource) {
    const { properties, state, signal } = resource;
    state.lifeline?.end();
    const address = addressOf(properties);
    const socket = await retried({
      async attempt() {
        await ask(properties, signal);
        return silentConnection(properties, signal);
      },
      forMs: properties.onlineTimeoutMs,
      signal,
      onTrouble: (trouble) => void resource.statusReport({ text: `waiting for ${address}: ${messageOf(trouble)}` }),
    }).catch((cause: unknown) => {
      throw new Error(`${address} does not answer: ${messageOf(cause)}`, { cause });
    });
    state.lifeline = new Lifeline(socket, properties, resource.fail);
    resource.setProperties({ statusText: `connected to ${address}` });
    return event();
  },
  offline: (resource) => end(resource),
  terminate: (resource) => end(resource),
  async isAlive({ properties, signal }) {
    try {
      await ask(properties, signal);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      return { alive: false, reason: `${addressOf(properties)}: ${messageOf(error)}` };
    }
  },
});

function end(resource: { readonly state: State; setProperties(values: { statusText: string }): void }): void {
  resource.state.lifeline?.end();
  resource.state.lifeline = undefined;
  resource.setProperties({ statusText: '' });
}
