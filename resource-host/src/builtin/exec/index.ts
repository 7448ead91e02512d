import { logFiles, requireLinux, stateDirectory } from '../processes/host-state.ts';
import { defineResourceType } from '../../define.ts';
import { ScriptProperties } from './properties.ts';
import { Script } from './script.ts';

/** Any script that knows the words online, offline, terminate, looksalive and isalive. */
export const exec = defineResourceType({
  name: 'exec',
  description: 'Runs a script: SCRIPT online|offline|terminate|looksalive|isalive, with the exit codes of OCF. Polled, or not.',
  properties: ScriptProperties,
  startup() {
    requireLinux('exec');
    stateDirectory();
  },
  async open(resource) {
    const script = new Script(resource.name, stateDirectory(), logFiles());
    if (resource.recover) await script.find(resource);
    return script;
  },
  online: (resource) => resource.state.online(resource),
  offline: (resource, why) => resource.state.offline(resource, why),
  terminate: (resource, why) => resource.state.terminate(resource, why),
  looksAlive: (resource) => resource.state.alive('looksalive', resource),
  isAlive: (resource) => resource.state.alive('isalive', resource),
});
