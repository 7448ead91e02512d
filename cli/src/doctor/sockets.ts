import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { errnoOf, reasonOf } from '../failure.ts';
import { startCommand } from '../connection/places.ts';
import { type Check, fail, ok, type Patient, quoted, warn } from './check.ts';
import { modeOf } from './directories.ts';

const CONNECT_LIMIT_MS = 2_000;
const WRITABLE_BY_ALL = 0o002;

/** The two doors of the daemon: administrators come in at one, hosts at the other. */
export async function socketChecks(patient: Patient): Promise<readonly Check[]> {
  return [
    await socketCheck('socket', join(patient.runtimeDir, 'control.sock'), patient, false),
    // Hosts of other users come in there too, where a daemon of root may start them; each shows its token.
    await socketCheck('host socket', join(patient.runtimeDir, 'host.sock'), patient, true),
  ];
}

async function socketCheck(name: string, path: string, { status, flags }: Patient, isOpenToAll: boolean): Promise<Check> {
  let found: Stats;
  try {
    found = await lstat(path);
  } catch (error) {
    if (status === null) return ok(name, `${path}: ${reasonOf(error)}`);
    return fail(name, `${path}: ${reasonOf(error)}; the daemon has lost it`, 'andon daemon upgrade');
  }
  const detail = `${path} (mode ${modeOf(found)}, uid ${found.uid})`;
  if (!found.isSocket()) return fail(name, `${detail} is not a socket`, `rm ${quoted(path)}`);
  if (!isOpenToAll && (found.mode & WRITABLE_BY_ALL) !== 0) return fail(name, `${detail} is open to everyone`, `chmod go= ${quoted(path)}`);
  const uid = process.getuid?.() ?? found.uid;
  if (found.uid !== uid && found.uid !== 0 && uid !== 0) return fail(name, `${detail} is of another user`, `ls -l ${quoted(path)}`);
  const answer = await connects(path);
  if (answer === null)
    return status === null ? warn(name, `${detail}: somebody listens, and no daemon answers`, foreign(path)) : ok(name, detail);
  if (status !== null) return fail(name, `${detail}: ${answer}, although the daemon runs`, 'andon daemon upgrade');
  // The next daemon removes it: only the holder of the lock may.
  return warn(name, `${detail} is left over: ${answer}`, startCommand(flags));
}

/** Null when somebody accepts. */
function connects(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = createConnection({ path });
    const settle = (answer: string | null): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(CONNECT_LIMIT_MS, () => settle('nobody accepts'));
    socket.once('connect', () => settle(null));
    socket.once('error', (error) => settle(errnoOf(error) === 'ECONNREFUSED' ? 'nobody listens' : reasonOf(error)));
  });
}

function foreign(path: string): string {
  return `ss -xlp src ${quoted(path)}`;
}
