import { event } from '../../contract.ts';
import { defineResourceType } from '../../define.ts';
import { ProcessProperties } from './properties.ts';
import { WatchedProcess } from './watched-process.ts';

/** A process that somebody else starts: it is found, not run. */
export const processType = defineResourceType({
  name: 'process',
  description: 'Watches a process that it did not start, by pid file or name; its exit is the failure. Never polled.',
  properties: ProcessProperties,
  startup() {
    if (process.platform !== 'linux') throw new Error(`process needs Linux (/proc); this is ${process.platform}`);
  },
  async open(resource) {
    const watched = new WatchedProcess();
    if (resource.recover && (await watched.find(resource.properties, resource.signal))) resource.foundRunning();
    return watched;
  },
  async online(resource) {
    await resource.state.online(resource);
    return event();
  },
  offline: (resource) => resource.state.offline(resource),
  terminate: (resource) => resource.state.terminate(resource),
  isAlive: (resource) => resource.state.isAlive(),
});
