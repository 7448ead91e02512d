import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';

const PREFIX = 'andon-host-';

/**
 * A cgroup v2 for each host, below the daemon's own, so that no descendant of a host escapes being killed with it. No controller is
 * enabled: they are marks, not limits. Nothing here ever throws: without cgroups the walk over /proc has to do.
 */
export class HostCgroups {
  readonly #own: string;
  /** Still had processes in them when they were to be removed: applications that outlive their host. */
  readonly #leftovers = new Set<string>();

  /** @param own directory of the daemon's own cgroup */
  constructor(own: string) {
    this.#own = own;
    for (const name of entriesOf(own)) if (isAbandoned(name)) this.#leftovers.add(join(own, name));
  }

  /** Null on a machine without cgroup v2. */
  static find(): HostCgroups | null {
    const directory = cgroupDirectoryOf('self');
    return directory === null ? null : new HostCgroups(directory);
  }

  /**
   * Moves a process that has just been spawned; what it forked before that stays outside, where the walk over /proc finds it.
   * Null when that is not possible here.
   */
  async place(hostId: string, pid: number): Promise<string | null> {
    this.#sweep();
    const directory = join(this.#own, `${PREFIX}${hostId}-${pid}`);
    try {
      mkdirSync(directory);
      // In the thread pool: the kernel may wait for a grace period of all processors, 50 ms were seen.
      await writeFile(join(directory, 'cgroup.procs'), String(pid));
      return directory;
    } catch {
      this.remove(directory);
      return null;
    }
  }

  /** The cgroup that an earlier daemon made for this host. */
  of(pid: number): string | null {
    const directory = cgroupDirectoryOf(String(pid));
    return directory !== null && basename(directory).startsWith(PREFIX) ? directory : null;
  }

  /** Removes it, now or when the last process has left it. */
  remove(directory: string): void {
    this.#leftovers.add(directory);
    this.#sweep();
  }

  #sweep(): void {
    for (const directory of this.#leftovers) {
      try {
        rmdirSync(directory);
        this.#leftovers.delete(directory);
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') this.#leftovers.delete(directory);
      }
    }
  }
}

/** Kills every process in it, at once and without a race. Linux 5.14. */
export function killCgroup(directory: string): void {
  try {
    writeFileSync(join(directory, 'cgroup.kill'), '1');
  } catch {
    // An older kernel, or removed already: the walk over /proc has to do.
  }
}

/** Zombies do not count. */
export function isPopulated(directory: string): boolean {
  try {
    return /^populated 1$/m.test(readFileSync(join(directory, 'cgroup.events'), 'latin1'));
  } catch {
    return false;
  }
}

function cgroupDirectoryOf(process: string): string | null {
  try {
    const path = /^0::(\/.*)$/m.exec(readFileSync(`/proc/${process}/cgroup`, 'latin1'))?.[1];
    const mount = cgroup2Mount(readFileSync('/proc/self/mountinfo', 'latin1'));
    if (path === undefined || !mount) return null;
    const below = relative(mount.root, path);
    // Outside of what is mounted here: a container that shares its host's /proc.
    return below.startsWith('..') ? null : join(mount.point, below);
  } catch {
    return null;
  }
}

/** proc(5): `ID PARENT MAJOR:MINOR ROOT MOUNTPOINT … - TYPE …`. Hybrid machines have it at /sys/fs/cgroup/unified. */
function cgroup2Mount(mountinfo: string): { readonly root: string; readonly point: string } | null {
  for (const line of mountinfo.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    if (!right.startsWith('cgroup2 ')) continue;
    const [, , , root, point] = left.split(' ');
    if (root !== undefined && point !== undefined) return { root: unescape(root), point: unescape(point) };
  }
  return null;
}

function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** Of a host that is gone. One that another daemon has just made, and not yet moved its host into, is empty too. */
function isAbandoned(name: string): boolean {
  const pid = name.startsWith(PREFIX) ? /-(\d+)$/.exec(name)?.[1] : undefined;
  return pid !== undefined && !existsSync(`/proc/${pid}`);
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
