import { mkdirSync, realpathSync, rmdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Resource } from '../../resource.ts';
import { messageOf } from '../../operation.ts';
import { signalProcess } from '../shared/identity.ts';
import { type Mount, mountOn, readMounts } from '../shared/mount-table/mount-table.ts';
import { sharedMountWatch } from '../shared/mount-table/mount-watch.ts';
import { runTool } from '../shared/tool.ts';
import type { MountProperties } from './properties.ts';
import { isSameSource } from './source.ts';
import { namesOf, usersOf } from './users.ts';

export type MountResource = Resource<MountProperties, MountedDirectory>;
type Facts = Pick<MountResource, 'properties' | 'signal' | 'log'>;

const BUSY_AGAIN_MS = 200;
/** A terminate has 30 s by default, and tries three times. */
const UNMOUNT_AT_ONCE_MS = 10_000;

/** One directory on which something is mounted, or is to be. */
export class MountedDirectory {
  readonly #name: string;
  #stopWatching = (): void => {};

  constructor(name: string) {
    this.#name = name;
  }

  /** What is mounted there, if it is what is meant. */
  find(properties: MountProperties): Mount | undefined {
    const mounts = readMounts();
    const mount = mountOn(shownAs(properties.directory), mounts);
    return mount && isSameSource(mount, properties, mounts) ? mount : undefined;
  }

  async online(resource: MountResource): Promise<void> {
    const { properties, fail } = resource;
    this.#stopWatching();
    const mount = this.find(properties) ?? (await this.#mount(resource));
    const watch = await sharedMountWatch();
    const look = (): void => {
      const problem = problemOf(mount, properties.directory);
      if (problem === undefined) return;
      this.#stopWatching();
      fail(problem);
    };
    this.#stopWatching = watch.listen(look);
    resource.setProperties({ statusText: `${mount.source} (${mount.type}${mount.isReadOnly ? ', read-only' : ''})` });
    // It may have happened since it was last looked at.
    look();
  }

  /** Waits for those who use it, or ends them. */
  async offline({ properties, signal }: Facts): Promise<void> {
    this.#stopWatching();
    const { directory, stopTimeoutMs, mountTimeoutMs, killUsers } = properties;
    const untilMs = performance.now() + stopTimeoutMs;
    while (this.find(properties)) {
      try {
        await runTool('umount', [directory], { timeoutMs: mountTimeoutMs, signal });
      } catch (error) {
        signal.throwIfAborted();
        if (!this.find(properties)) break;
        const isLate = performance.now() >= untilMs;
        const users = await usersOf(shownAs(directory));
        if (isLate && (!killUsers || users.length === 0))
          throw new Error(`${messageOf(error)}; used by ${namesOf(users)}`, { cause: error });
        if (killUsers) for (const user of users) signalProcess(user, isLate ? 'SIGKILL' : 'SIGTERM');
        await delay(BUSY_AGAIN_MS, undefined, { signal });
      }
    }
    this.#removeDirectory(properties);
  }

  /** Unmounts at once; what is still used is taken out of sight, and goes when its last user does. */
  async terminate({ properties, signal, log }: Facts): Promise<void> {
    this.#stopWatching();
    const { directory, mountTimeoutMs, killUsers } = properties;
    const terms = { timeoutMs: Math.min(mountTimeoutMs, UNMOUNT_AT_ONCE_MS), signal };
    if (this.find(properties) && killUsers) for (const user of await usersOf(shownAs(directory))) signalProcess(user, 'SIGKILL');
    for (const flags of [[], ['--force']]) {
      // What this one does not do, the next may.
      if (this.find(properties)) await runTool('umount', [...flags, directory], terms).catch(() => undefined);
    }
    if (this.find(properties)) {
      await runTool('umount', ['--lazy', directory], terms);
      log('warn', `${directory} was unmounted although it is in use`);
    }
    this.#removeDirectory(properties);
  }

  /** What is wrong, if anything is: the mount table first, then what the file system does. */
  async problem({ properties, signal }: Pick<Facts, 'properties' | 'signal'>): Promise<string | undefined> {
    const { directory, check, checkTimeoutMs } = properties;
    const mount = this.find(properties);
    if (!mount) return `${directory} is not mounted, or something else is`;
    const terms = { timeoutMs: checkTimeoutMs, signal };
    try {
      if (check === 'stat') await runTool('stat', ['--file-system', directory], terms);
      if (check === 'write' && !mount.isReadOnly)
        await runTool('sh', ['-c', WRITE_AND_READ, `${directory}/.andon-check-${this.#name}`], terms);
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      return `${directory}: ${check === 'write' ? 'writing a file and reading it back: ' : ''}${messageOf(error)}`;
    }
  }

  async #mount({ properties, signal }: MountResource): Promise<Mount> {
    const { device, directory, fstype, options, makeDirectory, mountTimeoutMs } = properties;
    const other = mountOn(shownAs(directory), readMounts());
    if (other) throw new Error(`${directory} has another mount: ${other.source} (${other.type}); unmount it first`);
    if (makeDirectory) mkdirSync(directory, { recursive: true });
    const flags = options === '' ? [] : ['-o', options];
    await runTool('mount', ['-t', fstype, ...flags, device, directory], { timeoutMs: mountTimeoutMs, signal });
    const mounted = mountOn(shownAs(directory), readMounts());
    if (!mounted) throw new Error(`mount said that ${device} is mounted on ${directory}, and the kernel says that nothing is`);
    return mounted;
  }

  #removeDirectory({ makeDirectory, directory }: MountProperties): void {
    if (!makeDirectory) return;
    try {
      rmdirSync(directory);
    } catch {
      // Not empty, or gone: it is not ours to judge.
    }
  }
}

/** By a program of its own: a file system that hangs must hang nobody else. */
const WRITE_AND_READ = 'set -e; echo "$$" > "$0"; read -r told < "$0"; [ "$told" = "$$" ]; rm -f "$0"';

/** The kernel knows no symbolic links. Only the way to the directory is looked at: what is mounted there may hang. */
function shownAs(directory: string): string {
  try {
    return join(realpathSync(dirname(directory)), basename(directory));
  } catch {
    return directory;
  }
}

/** What has become of a mount. */
function problemOf(mount: Mount, directory: string): string | undefined {
  const mounts = readMounts();
  const now = mounts.find(({ id }) => id === mount.id);
  if (!now) return `${directory} was unmounted`;
  const shown = mountOn(shownAs(directory), mounts);
  if (shown?.id !== mount.id) return `${directory} is covered by another mount: ${shown?.source} (${shown?.type})`;
  return now.isReadOnly && !mount.isReadOnly ? `${directory} has become read-only` : undefined;
}
