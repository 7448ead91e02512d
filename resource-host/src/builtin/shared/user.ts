import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

const LOOKUP_LIMIT_MS = 10_000;

/** Asks the system's name service, which may be more than /etc/passwd. Throws with a text that names the user. */
export async function findUser(nameOrUid: string, signal: AbortSignal): Promise<User> {
  let line: string;
  try {
    const found = await promisify(execFile)('getent', ['passwd', '--', nameOrUid], {
      timeout: LOOKUP_LIMIT_MS,
      signal,
    });
    line = found.stdout.split('\n')[0] ?? '';
  } catch (cause) {
    signal.throwIfAborted();
    throw new Error(`there is no user "${nameOrUid}"`, { cause });
  }
  const [name = '', , uid, gid, , home = '/', shell = '/bin/sh'] = line.split(':');
  return { name, uid: Number(uid), gid: Number(gid), home, shell };
}
