import { lstat, readFile, readlink } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import type { Programs } from './programs.ts';

const ROOT = 0;
/** Where everyone may write, or what a restart of the machine empties. */
const SHARED = ['/tmp', '/var/tmp', '/dev/shm'];
/** Usual parents of homes, for those that no passwd file names (LDAP, containers). */
const HOMES = ['/home', '/root', '/Users'];
const FIRST_PERSON = 1000;
const GROUP_OR_WORLD_WRITABLE = 0o022;

/** What one look at a path tells; null = it is not there. */
export interface Looked {
  readonly uid: number;
  readonly mode: number;
  /** Absolute target of a symbolic link; null = it is none. */
  readonly target: string | null;
}
export interface Surroundings {
  readonly homes: readonly string[];
  look(path: string): Promise<Looked | null>;
}

/** Why a service that runs as root must not run these programs, in words; empty when it may. */
export async function unsafeReasons(programs: Programs, around?: Surroundings): Promise<string[]> {
  const { homes, look } = around ?? { homes: await homesOfPeople(), look: lookAt };
  const reasons = new Set<string>();
  for (const path of [programs.node, programs.andond, programs.andon]) {
    const home = [...homes, ...HOMES].find((one) => isBelow(path, one));
    const shared = SHARED.find((one) => isBelow(path, one));
    if (home !== undefined) reasons.add(`${path} lies below the home directory ${home}`);
    if (shared !== undefined) reasons.add(`${path} lies below ${shared}, which everyone may write to`);
    for (const reason of await writableParts(path, look)) reasons.add(reason);
  }
  return [...reasons];
}

/** Whoever may write to one directory of a path may put another program there. */
async function writableParts(path: string, look: Surroundings['look']): Promise<string[]> {
  const reasons: string[] = [];
  for (const part of partsOf(path)) {
    // The directories above say it already, and name the cause.
    if (SHARED.some((shared) => part === shared || isBelow(part, shared))) continue;
    const looked = await look(part);
    if (looked === null) reasons.push(`${part} does not exist`);
    else if (looked.uid !== ROOT) reasons.push(`${part} belongs to user ${looked.uid}`);
    else if (looked.target === null && (looked.mode & GROUP_OR_WORLD_WRITABLE) !== 0) {
      reasons.push(`others than root may write to ${part} (mode ${(looked.mode & 0o7777).toString(8).padStart(4, '0')})`);
    }
    if (looked?.target) reasons.push(...(await writableParts(looked.target, look)));
  }
  return reasons;
}

function partsOf(path: string): string[] {
  const above = dirname(path);
  return above === path ? [path] : [...partsOf(above), path];
}

function isBelow(path: string, directory: string): boolean {
  return path.startsWith(directory.endsWith(sep) ? directory : `${directory}${sep}`);
}

/** Of root and of people; daemons have homes such as /usr/sbin. */
async function homesOfPeople(): Promise<string[]> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return homesIn(passwd);
}

export function homesIn(passwd: string): string[] {
  return passwd.split('\n').flatMap((line) => {
    const [, , uid, , , home = ''] = line.split(':');
    const isPerson = Number(uid) === ROOT || Number(uid) >= FIRST_PERSON;
    return isPerson && home.startsWith('/') && home !== '/' ? [home] : [];
  });
}

async function lookAt(path: string): Promise<Looked | null> {
  try {
    const stats = await lstat(path);
    const target = stats.isSymbolicLink() ? resolve(dirname(path), await readlink(path)) : null;
    return { uid: stats.uid, mode: stats.mode, target };
  } catch {
    return null;
  }
}
