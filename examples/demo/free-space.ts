// A resource type with a poll contract: nobody tells when a disk fills up, so somebody has to look now and then.
import { statfsSync } from 'node:fs';
import { defineResourceType, poll } from '@andon/resource-host';
import { z } from 'zod';

const MIB = 1024 * 1024;
const freeMib = (path: string): number => {
  const { bavail, bsize } = statfsSync(path);
  return Math.floor((bavail * bsize) / MIB);
};

export default defineResourceType({
  name: 'free-space',
  description: 'A folder whose file system keeps some space free.',
  properties: z.object({
    path: z.string().regex(/^\//, 'must be an absolute path').describe('A folder on the file system.'),
    atLeastMib: z.int().min(0).default(1).describe('MiB that must be free.'),
  }),
  online({ properties: { path, atLeastMib } }) {
    if (freeMib(path) < atLeastMib) throw new Error(`less than ${atLeastMib} MiB are free at ${path}`);
    return poll({ looksAliveMs: 1_000, isAliveMs: 10_000 });
  },
  offline() {},
  terminate() {},
  looksAlive: ({ properties: { path, atLeastMib } }) => freeMib(path) >= atLeastMib,
  isAlive: ({ properties: { path, atLeastMib } }) => freeMib(path) >= atLeastMib,
});
