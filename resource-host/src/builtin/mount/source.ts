import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Mount } from '../shared/mount-table/mount-table.ts';
import type { MountProperties } from './properties.ts';

const BY: Readonly<Record<string, string>> = { UUID: 'by-uuid', LABEL: 'by-label', PARTUUID: 'by-partuuid', PARTLABEL: 'by-partlabel' };

/** Whether this is what would be mounted there: then it is adopted rather than mounted over. */
export function isSameSource(mount: Mount, properties: MountProperties, mounts: readonly Mount[]): boolean {
  const { device, fstype, options } = properties;
  if (options.split(',').some((option) => option === 'bind' || option === 'rbind')) return isBound(mount, device, mounts);
  if (fstype !== 'auto' && mount.type !== fstype && !mount.type.startsWith(fstype)) return false;
  const wanted = deviceOf(device);
  return mount.source === device || realPath(mount.source) === realPath(wanted) || imageOf(mount.source) === realPath(device);
}

/** A bind mount shows a part of the file system that holds the folder. */
function isBound(mount: Mount, folder: string, mounts: readonly Mount[]): boolean {
  const path = realPath(folder);
  const holder = mounts.findLast(({ directory }) => path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`));
  if (holder?.device !== mount.device) return false;
  const within = path.slice(holder.directory === '/' ? 0 : holder.directory.length);
  return join(holder.root, within) === join(mount.root, '/') || join(holder.root, within) === mount.root;
}

function deviceOf(device: string): string {
  const [, kind = '', name = ''] = /^([A-Z]+)=(.*)$/.exec(device) ?? [];
  const folder = BY[kind];
  return folder === undefined ? device : join('/dev/disk', folder, name.replaceAll('"', ''));
}

/** The file behind a loop device. */
function imageOf(source: string): string | undefined {
  const path = join('/sys/block', basename(source), 'loop/backing_file');
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

function realPath(path: string): string {
  try {
    return path.startsWith('/') ? realpathSync(path) : path;
  } catch {
    return path;
  }
}
