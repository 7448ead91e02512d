import { event } from '../../contract.ts';
import { defineResourceType } from '../../define.ts';
import { messageOf } from '../../operation.ts';
import { systemProgram } from '../shared/helpers.ts';
import { sharedMountWatch } from '../shared/mount-table/mount-watch.ts';
import { MountedDirectory } from './mounted.ts';
import { MountProperties } from './properties.ts';

/** A mounted file system. */
export const mount = defineResourceType({
  name: 'mount',
  description: 'Mounts a file system and unmounts it. The kernel tells when it is unmounted, covered or becomes read-only. Never polled.',
  properties: MountProperties,
  async startup() {
    if (process.platform !== 'linux') throw new Error(`mount needs Linux (/proc/self/mountinfo); this is ${process.platform}`);
    if (systemProgram('mount') === undefined) throw new Error('mount needs the program mount; install the package mount');
    await sharedMountWatch().catch((cause: unknown) => {
      throw new Error(`mount cannot listen to the mount table: ${messageOf(cause)}`, { cause });
    });
  },
  open({ name, properties, recover, foundRunning }) {
    const directory = new MountedDirectory(name);
    if (recover && directory.find(properties)) foundRunning();
    return directory;
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
    await resource.state.terminate(resource);
    resource.setProperties({ statusText: '' });
  },
  async isAlive(resource) {
    const problem = await resource.state.problem(resource);
    return problem === undefined ? true : { alive: false, reason: problem };
  },
});
