import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectDaemon } from '../connection/connect.ts';
import { asFailure } from '../failure.ts';
import { type PlaceFlags, places } from '../connection/places.ts';
import { usualStateDirectory } from '../connection/state-directory.ts';
import type { Check, Patient } from './check.ts';
import { fail, ok } from './check.ts';
import { configurationCheck } from './configuration.ts';
import { daemonChecks } from './daemon.ts';
import { directoryChecks } from './directories.ts';
import { diskChecks } from './disk.ts';
import { incidentsCheck } from './incidents.ts';
import { leftoversCheck } from './leftovers.ts';
import { limitChecks } from './limits.ts';
import { machineChecks } from './machine.ts';
import { serviceCheck } from './service.ts';
import { socketChecks } from './sockets.ts';
import { storeChecks } from './store.ts';

const ANSWER_LIMIT_MS = 3_000;

/** Every check, in the order in which one would look: the daemon, its places, its limits, its machine. */
export async function runChecks(flags: PlaceFlags): Promise<readonly Check[]> {
  const { patient, check } = await askDaemon(flags);
  const groups = await Promise.all([
    daemonChecks(patient),
    incidentsCheck(patient),
    serviceCheck(patient),
    directoryChecks(patient),
    socketChecks(patient),
    diskChecks(patient),
    storeChecks(patient),
    configurationCheck(patient),
    leftoversCheck(patient),
    limitChecks(patient),
    machineChecks(),
  ]);
  return [check, ...groups.flat()];
}

async function askDaemon(flags: PlaceFlags): Promise<{ readonly patient: Patient; readonly check: Check }> {
  const [first] = places(flags);
  if (!first) throw new Error('there is always a place');
  try {
    const { client, place } = await connectDaemon(flags);
    try {
      const status = await client.request('status', {}, ANSWER_LIMIT_MS);
      const { pid, scope, version, runtimeDir, stateDir } = status.daemon;
      const check = ok('daemon', `andond ${version} (${scope}) answers, pid ${pid}`);
      return { check, patient: { flags, place, status, pid, runtimeDir, stateDir, configDir: place.configDir } };
    } finally {
      client.close();
    }
  } catch (error) {
    const { runtimeDir, configDir } = first;
    const stateDir = usualStateDirectory(flags);
    const pid = await silentDaemon(runtimeDir);
    return { check: noDaemon(error, pid), patient: { flags, place: first, status: null, pid, runtimeDir, stateDir, configDir } };
  }
}

function noDaemon(error: unknown, pid: number | null): Check {
  const { message, remedy } = asFailure(error);
  if (pid === null) return fail('daemon', message, remedy);
  // Its hosts go on, and the next daemon takes them over.
  return fail('daemon', `${message} Process ${pid} holds its lock and does not answer.`, `kill -KILL ${pid}; andon up --detach`);
}

/** The daemon that wrote its number here and still runs. */
async function silentDaemon(runtimeDir: string): Promise<number | null> {
  const pid = Number(await readFile(join(runtimeDir, 'andond.pid'), 'utf8').catch(() => ''));
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return commandLine.includes('andond') ? pid : null;
}
