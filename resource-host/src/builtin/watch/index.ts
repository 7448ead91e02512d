import { event } from '../../contract.ts';
import { defineResourceType } from '../../define.ts';
import { logFiles, stateDirectory } from '../shared/host-folders.ts';
import { WatchProperties } from './properties.ts';
import { keyOf, Watcher } from './watcher.ts';

interface State {
  watcher: Watcher;
}

/** Of this host: resources with the same command share one process. */
const watchers = new Map<string, Watcher>();

/** Anything that a command can watch: what it prints is the failure. */
export const watch = defineResourceType({
  name: 'watch',
  description: 'Runs a command that watches something; each line that it prints is a failure, and so is its end. Never polled.',
  properties: WatchProperties,
  startup() {
    if (process.platform !== 'linux') throw new Error(`watch needs Linux (/proc); this is ${process.platform}`);
    stateDirectory();
  },
  async open({ properties, recover }): Promise<State> {
    const watcher = watcherOf(properties);
    if (recover) await watcher.sweep();
    return { watcher };
  },
  async online(resource) {
    const { name, incarnation, fail, properties, signal } = resource;
    const watcher = watcherOf(properties);
    // Its command may be another one by now.
    if (resource.state.watcher !== watcher) await resource.state.watcher.leave(name);
    resource.state.watcher = watcher;
    await watcher.join({ name, incarnation, fail }, signal);
    resource.setProperties({ statusText: `pid ${watcher.pid}` });
    return event();
  },
  offline: (resource) => end(resource),
  terminate: (resource) => end(resource),
  isAlive: ({ name, state }) => state.watcher.isWatching(name),
});

function watcherOf(properties: WatchProperties): Watcher {
  const key = keyOf(properties);
  const known = watchers.get(key) ?? new Watcher(properties, stateDirectory(), logFiles());
  watchers.set(key, known);
  return known;
}

async function end(resource: {
  readonly name: string;
  readonly state: State;
  setProperties(values: { statusText: string }): void;
}): Promise<void> {
  await resource.state.watcher.leave(resource.name);
  resource.setProperties({ statusText: '' });
}
