// A complete resource type: a folder that must exist. It is never polled: the kernel tells this host when the folder
// disappears, and the host tells the daemon. Copy it, and replace the four places marked with a number.
import { mkdirSync, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { defineResourceType, event } from '@andon/resource-host';
import { z } from 'zod';

export default defineResourceType({
  name: 'directory-watch',
  description: 'A folder that must exist; its disappearance is known at once.',

  // 1. What an administrator may set. Checked before online, and typed as resource.properties below.
  properties: z.object({
    path: z.string().regex(/^\//, 'must be an absolute path').describe('Absolute path of the folder.'),
    create: z.boolean().default(true).describe('Make the folder at online if it is missing.'),
  }),

  // 2. Bring it online, and leave something behind that calls resource.fail() when it breaks. resource.signal is aborted
  //    when the resource has gone offline or is terminated, so the watcher needs no other end.
  online(resource) {
    const { path, create } = resource.properties;
    if (create) mkdirSync(path, { recursive: true });
    const watcher = watch(dirname(path), { signal: resource.signal }, () => {
      const now = statSync(path, { throwIfNoEntry: false });
      if (now?.ino !== inode) resource.fail(now ? `${path} was replaced` : `${path} is gone`);
    });
    watcher.on('error', (error) => resource.fail(`cannot watch ${path}: ${error.message}`));
    const inode = statSync(path).ino;
    resource.setProperties({ statusText: `watching ${path}` });
    return event();
  },

  // 3. The orderly end. May be async and take long; the library says "pending" to the daemon by itself.
  offline(resource) {
    resource.log('info', `leaving ${resource.properties.path} as it is`);
  },

  // 4. The end at once: when this returns, nothing of the resource runs any more. Here that is true already.
  terminate() {},

  // Asked only when somebody wants certainty, for instance after a restart of the daemon.
  isAlive: ({ properties }) => statSync(properties.path, { throwIfNoEntry: false })?.isDirectory() ?? false,
});
