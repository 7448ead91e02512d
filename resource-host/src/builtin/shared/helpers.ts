import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { z } from 'zod';
import { makeCgroup } from './cgroup.ts';
import { DEFAULT_PATH } from './environment.ts';
import { executableProblem } from './executable.ts';
import type { User } from './user.ts';

/** A number, or no limit at all. */
const Limit = z.union([z.int().min(0), z.literal('unlimited')]);
const NAMES = ['nofile', 'nproc', 'as', 'core', 'cpu', 'memlock', 'stack', 'data', 'fsize'] as const;

/** By the names of prlimit(1): those of the type property `limits`, and what single programs ask for. */
export const Limits = z.partialRecord(z.enum(NAMES), Limit);
export type Limits = z.infer<typeof Limits>;

/** A program and its arguments. */
export type Words = readonly [string, ...string[]];

/** Words to be put in front of a program that has these limits. */
export function limiting(limits: Limits): string[] {
  const flags = Object.entries(limits).map(([name, value]) => `--${name}=${value}`);
  return flags.length === 0 ? [] : [helper('prlimit', 'limits'), ...flags, '--'];
}

/** Words to be put in front of a program of this user, in all groups of that. */
export function becoming(user: User | undefined): string[] {
  const uid = process.getuid?.();
  if (!user || user.uid === uid) return [];
  if (uid !== 0) throw new Error(`cannot run as user "${user.name}": this host runs as uid ${uid}, not as root`);
  return [helper('setpriv', 'user'), `--reuid=${user.uid}`, `--regid=${user.gid}`, '--init-groups', '--'];
}

/** Where this machine has a program of the system, whatever PATH the daemon was started with. */
export function systemProgram(program: string): string | undefined {
  return DEFAULT_PATH.split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => executableProblem(path) === undefined);
}

/** The same words behind a shell that moves itself, so that nothing is forked before the move. Where that is refused it goes on. */
export function movingInto(cgroup: string, words: Words): Words {
  return ['/bin/sh', '-c', '{ echo 0 > "$0/cgroup.procs"; } 2>/dev/null; exec "$@"', cgroup, ...words];
}

/** The same in a cgroup that is made if need be; without one where none may be made. */
export function heldBy(cgroup: string | undefined, words: Words): Words {
  if (cgroup === undefined) return words;
  return existsSync(cgroup) || makeCgroup(cgroup) ? movingInto(cgroup, words) : words;
}

/** This descriptor of the last helper is closed by the very exec that makes it the program, or by its end. */
export const HELPED_FD = 3;

/** What a shell knows as a variable; others it drops. */
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const LATER = 'ANDON_LATER_';

/** Words to be put right in front of a program, and the environment of the first of all words. */
export interface Setting {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** For a program without helpers. Variables of other names than shells know are passed around shells all the same. */
export function setting(variables: Readonly<Record<string, string>>): Setting {
  const entries = Object.entries(variables);
  const odd = entries.filter(([name]) => !VARIABLE_NAME.test(name)).map(([name, value]) => `${name}=${value}`);
  return {
    words: odd.length === 0 ? [] : [helper('env', 'env'), ...odd],
    env: Object.fromEntries(entries.filter(([name]) => VARIABLE_NAME.test(name))),
  };
}

/** For a program behind helpers: the last of them. */
export function settingLast(variables: Readonly<Record<string, string>>): Setting {
  const { words, env } = setting(variables);
  return { words: [...lastHelper(''), ...words], env };
}

/**
 * The same for a program of another user: what LD_PRELOAD names, say, must not be loaded by helpers that are still root. Until the last of
 * them the variables have names that mean nothing to anybody; no command line shows what they hold.
 */
export function settingLate(variables: Readonly<Record<string, string>>): Setting {
  const { words, env } = setting(variables);
  const later = Object.entries(env).map(([name, value], index) => [`${LATER}${index}`, `${name}=${value}`] as const);
  const names = later.map(([name]) => name);
  const script = names.length === 0 ? '' : `export ${names.map((name) => `"$${name}"`).join(' ')}; unset ${names.join(' ')}; `;
  return { words: [...lastHelper(script), ...words], env: Object.fromEntries(later) };
}

function lastHelper(script: string): string[] {
  return ['/bin/sh', '-c', `${script}exec "$@" ${HELPED_FD}>&-`, 'sh'];
}

function helper(program: string, property: string): string {
  const path = systemProgram(program);
  if (path !== undefined) return path;
  throw new Error(`property ${property} needs ${program}, which is not in ${DEFAULT_PATH}; install the package util-linux`);
}
