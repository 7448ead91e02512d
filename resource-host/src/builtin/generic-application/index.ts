import { event } from '../../contract.ts';
import { defineResourceType } from '../../define.ts';
import { Application } from './application.ts';
import { logFiles, stateDirectory } from '../shared/host-folders.ts';
import { ApplicationProperties } from './properties.ts';

/** Any program. Its exit is its failure; applications outlive their host and are adopted by the next one. */
export const genericApplication = defineResourceType({
  name: 'generic-application',
  description: 'Runs a program and reports its exit as the failure of the resource. Never polled.',
  properties: ApplicationProperties,
  startup() {
    if (process.platform !== 'linux') {
      throw new Error(`generic-application needs Linux (/proc); this is ${process.platform}`);
    }
    stateDirectory();
  },
  async open(resource) {
    const application = new Application(resource.name, stateDirectory(), logFiles());
    if (await application.find()) resource.foundRunning();
    return application;
  },
  async online(resource) {
    await resource.state.online(resource);
    return event();
  },
  async offline(resource) {
    await resource.state.offline(resource);
    resource.setProperties({ statusText: '' });
  },
  async terminate(resource) {
    await resource.state.terminate();
    resource.setProperties({ statusText: '' });
  },
  isAlive: (resource) => resource.state.isAlive(),
  close: (resource) => resource.state.forget(),
});
