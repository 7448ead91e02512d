import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

/** What the daemon calls the cgroups of its hosts. An application stands beside them, for it outlives its host. */
const HOST_PREFIX = 'andon-host-';
const PREFIX = 'andon-application-';
/** An empty one that is older than this waits for nobody to move into it. */
const ABANDONED_AFTER_MS = 60_000;

/**
 * Where an application may have a cgroup v2 of its own: whatever session, parent or environment a process of it takes, it does not leave
 * that. No controller is enabled: it is a mark, not a limit. Undefined where this machine has none.
 */
export function cgroupFor(name: string): string | undefined {
  const own = ownCgroup();
  if (own === undefined) return undefined;
  return join(basename(own).startsWith(HOST_PREFIX) ? dirname(own) : own, `${PREFIX}${name}`);
}

/** False where it may not be made: then the walk over /proc has to do. */
export function makeCgroup(directory: string): boolean {
  try {
    sweepOnce(dirname(directory));
    mkdirSync(directory);
    return true;
  } catch {
    return false;
  }
}

let hasSwept = false;

/** Removes what is left of applications whose host was killed, and which no other host was asked to recover. */
function sweepOnce(folder: string): void {
  if (hasSwept) return;
  hasSwept = true;
  for (const name of readdirSync(folder)) {
    const directory = join(folder, name);
    if (name.startsWith(PREFIX) && !isPopulated(directory) && isAbandoned(directory)) removeCgroup(directory);
  }
}

function isAbandoned(directory: string): boolean {
  const madeAt = statSync(directory, { throwIfNoEntry: false })?.mtimeMs;
  return madeAt !== undefined && madeAt < Date.now() - ABANDONED_AFTER_MS;
}

/** Kills every process in it and below it, at once and without a race. Linux 5.14; before, the walk over /proc has to do. */
export function killCgroup(directory: string): void {
  try {
    writeFileSync(join(directory, 'cgroup.kill'), '1');
  } catch {
    // Removed already, or an older kernel.
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

/** Numbers of all processes in it and below it. */
export function processesIn(directory: string): number[] {
  return foldersOf(directory).flatMap((folder) => {
    try {
      return readFileSync(join(folder, 'cgroup.procs'), 'latin1').split('\n').filter(Boolean).map(Number);
    } catch {
      return [];
    }
  });
}

/** With those below it; nothing runs in them any more. */
export function removeCgroup(directory: string): void {
  for (const folder of foldersOf(directory).toReversed()) {
    try {
      rmdirSync(folder);
    } catch {
      // Removed already.
    }
  }
}

/** The folder and all below it, from the top. */
function foldersOf(directory: string): string[] {
  try {
    const below = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [directory, ...below.flatMap(({ name }) => foldersOf(join(directory, name)))];
  } catch {
    return [];
  }
}

function ownCgroup(): string | undefined {
  try {
    const path = /^0::(\/.*)$/m.exec(readFileSync('/proc/self/cgroup', 'latin1'))?.[1];
    const mount = mountOfCgroup2(readFileSync('/proc/self/mountinfo', 'latin1'));
    if (path === undefined || !mount) return undefined;
    const below = relative(mount.root, path);
    // Outside of what is mounted here: a container that shares the /proc of its machine.
    const own = below.startsWith('..') ? undefined : join(mount.point, below);
    // Another mount may cover it.
    return own !== undefined && existsSync(join(own, 'cgroup.procs')) ? own : undefined;
  } catch {
    return undefined;
  }
}

/** proc(5): `ID PARENT MAJOR:MINOR ROOT MOUNTPOINT … - TYPE …`. Hybrid machines have it at /sys/fs/cgroup/unified. */
function mountOfCgroup2(mountinfo: string): { readonly root: string; readonly point: string } | undefined {
  const line = mountinfo.split('\n').find((one) => one.includes(' - cgroup2 '));
  const [, , , root, point] = line?.split(' ') ?? [];
  return root !== undefined && point !== undefined ? { root, point } : undefined;
}
