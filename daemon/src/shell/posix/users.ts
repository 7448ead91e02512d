import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

export interface NumericUser {
  readonly uid: number;
  readonly gid: number;
}

const run = promisify(execFile);
/** A directory service that does not answer must not hold up the start of other hosts for ever. */
const LOOKUP_LIMIT_MS = 5_000;
const USER_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?$/;

/** By /etc/passwd, then by whatever name service the machine has (LDAP, systemd-homed). Null when there is none of that name. */
export async function lookUpUser(name: string): Promise<NumericUser | null> {
  if (!USER_NAME.test(name)) return null;
  return entryOf(name, await readFile('/etc/passwd', 'utf8').catch(() => '')) ?? entryOf(name, await nameService('passwd', name));
}

/** The number of a group, found in the same places. Null when there is none of that name. */
export async function lookUpGroup(name: string): Promise<number | null> {
  if (!USER_NAME.test(name)) return null;
  return groupIn(name, await readFile('/etc/group', 'utf8').catch(() => '')) ?? groupIn(name, await nameService('group', name));
}

/** group(5): `NAME:PASSWORD:GID:…` */
function groupIn(name: string, text: string): number | null {
  for (const line of text.split('\n')) {
    const [entry, , gid] = line.split(':');
    if (entry === name && /^\d+$/.test(gid ?? '')) return Number(gid);
  }
  return null;
}

/** passwd(5): `NAME:PASSWORD:UID:GID:…` */
function entryOf(name: string, text: string): NumericUser | null {
  for (const line of text.split('\n')) {
    const [entry, , uid, gid] = line.split(':');
    if (entry === name && /^\d+$/.test(uid ?? '') && /^\d+$/.test(gid ?? '')) return { uid: Number(uid), gid: Number(gid) };
  }
  return null;
}

async function nameService(database: 'passwd' | 'group', name: string): Promise<string> {
  try {
    return (await run('getent', [database, '--', name], { timeout: LOOKUP_LIMIT_MS })).stdout;
  } catch {
    return '';
  }
}
