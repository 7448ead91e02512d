import { z } from 'zod';
import { milliseconds } from '../shared/property-kinds.ts';

/** Private properties of mount. */
export const MountProperties = z.strictObject({
  device: z
    .string()
    .min(1)
    .meta({ title: 'Device' })
    .describe('What is mounted: /dev/sdb1, UUID=…, LABEL=…, server:/export, an image for a loop device, a folder for a bind mount, tmpfs.'),
  directory: z
    .string()
    .regex(/^\/.*[^/]$/, 'must be an absolute path without a slash at its end')
    .meta({ title: 'Directory' })
    .describe('Where it is mounted: an absolute path.'),
  fstype: z
    .string()
    .min(1)
    .default('auto')
    .meta({ title: 'File system' })
    .describe('As for mount -t: ext4, xfs, nfs, tmpfs; none for a bind mount.'),
  options: z.string().default('').meta({ title: 'Options' }).describe('As for mount -o: ro,noatime; bind; loop.'),
  makeDirectory: z
    .boolean()
    .default(false)
    .meta({ title: 'Make directory' })
    .describe('true: online makes the directory where there is none, and offline removes it if it is empty.'),
  killUsers: z
    .boolean()
    .default(false)
    .meta({ title: 'Kill users' })
    .describe(
      'true: what still uses the file system when it is to be unmounted is asked to end, and killed after stopTimeoutMs. false: offline fails and names it.',
    ),
  check: z
    .enum(['none', 'stat', 'write'])
    .default('write')
    .meta({ title: 'Check' })
    .describe(
      'What isAlive does besides a look at the mount table: ask the file system for its size, or write a small file and read it back (where it is not read-only).',
    ),
  checkTimeoutMs: milliseconds(1)
    .default(10_000)
    .meta({ title: 'Check timeout', unit: 'ms' })
    .describe('A file system that does not answer within this time is not alive. Default 10000.'),
  mountTimeoutMs: milliseconds(1)
    .default(60_000)
    .meta({ title: 'Mount timeout', unit: 'ms' })
    .describe('For mount and for umount. Default 60000.'),
  stopTimeoutMs: milliseconds()
    .default(10_000)
    .meta({ title: 'Stop timeout', unit: 'ms' })
    .describe('How long offline waits for those who use it. Default 10000.'),
});
export type MountProperties = z.infer<typeof MountProperties>;
