import { existsSync } from 'node:fs';
import { readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { getCompileCacheDir } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { AndonError } from '@andon/protocol/errors';
import { ControlClient } from '../connection/client.ts';
import { errnoOf } from '../failure.ts';
import { progressLine } from '../terminal/progress.ts';
import { linksOf, removeLinks } from './links.ts';
import { ownPrograms } from './programs.ts';
import { type ServicePlace, UNIT } from './service-place.ts';
import { requireSystemd, Systemctl } from './systemctl.ts';
import { isOurs, textOf } from './unit-file.ts';

export interface Uninstalled {
  /** False: there was no unit. */
  readonly wasInstalled: boolean;
  readonly removed: readonly string[];
  /** Directories that are still there, and why. */
  readonly left: readonly { readonly path: string; readonly why: string }[];
  /** How the daemon ended; null when it did not run. */
  readonly exitCode: number | null;
}

/** Whoever needs root hears it before anything happens. */
export async function mayUninstall(place: ServicePlace): Promise<void> {
  requireSystemd();
  if (place.scope === 'system' && !place.isRoot) {
    throw new AndonError('needsRoot', { what: 'Removing a service of the system', hint: 'Run: sudo andon service uninstall' });
  }
  const text = await textOf(place.unitPath);
  if (text !== null && !isOurs(text)) throw new AndonError('serviceForeign', { path: place.unitPath, hint: 'remove it by hand' });
}

/** Directories that only a purge removes, in that order. */
export function purged({ unitPath, stateDir, configDir }: ServicePlace): readonly string[] {
  const dropIns = `${unitPath}.d`;
  return [dropIns, stateDir, configDir, ...compiledCode()].filter((path) => existsSync(path));
}

/** Where this user's programs keep compiled code between two starts (protocol/launch.js). */
function compiledCode(): string[] {
  const directory = dirname(getCompileCacheDir() ?? '');
  return basename(directory).startsWith('andon-compiled-') ? [directory] : [];
}

export async function uninstall(place: ServicePlace, purge: boolean): Promise<Uninstalled> {
  const wasInstalled = existsSync(place.unitPath);
  const removed: string[] = [];
  const exitCode = wasInstalled ? await stopAndDisable(place) : null;
  if (wasInstalled) {
    await rm(place.unitPath, { force: true });
    removed.push(place.unitPath);
  }
  removed.push(...(await removeLinks(await linksOf(place, await ownPrograms()))));
  const users = [...(await daemonOf(place)), ...(await hostsOf(place))];
  const left: { path: string; why: string }[] = [];
  // Their contents are of no use to anyone; the next daemon makes them anew.
  for (const path of [place.runtimeDir, ...purged(place)].filter((one) => existsSync(one))) {
    const mayGo = path === place.runtimeDir || purge;
    if (mayGo && users.length === 0) {
      await rm(path, { recursive: true, force: true });
      removed.push(path);
    } else left.push({ path, why: users.length === 0 ? 'kept for the next installation' : `in use by ${users.join(', ')}` });
  }
  if (removed.length > 0) await forget(place);
  if (purge && place.scope === 'user') await removeEmptyAbove(removed, place.home);
  return { wasInstalled, removed, left, exitCode };
}

/** Resources go offline in order; how that went is the exit code of the daemon. */
async function stopAndDisable(place: ServicePlace): Promise<number | null> {
  const systemctl = new Systemctl(place);
  const ran = (await systemctl.show(UNIT, ['MainPID'])).get('MainPID') !== '0';
  const progress = progressLine();
  progress.show('stopping: resources are taken offline in order');
  await systemctl.act('stop', UNIT).finally(() => progress.clear());
  const status = Number((await systemctl.show(UNIT, ['ExecMainStatus'])).get('ExecMainStatus'));
  await systemctl.act('disable', UNIT);
  return ran ? status : null;
}

/** systemd forgets what is not there any more; there is nothing to reset unless the service failed. */
async function forget(place: ServicePlace): Promise<void> {
  const systemctl = new Systemctl(place);
  await systemctl.act('daemon-reload');
  await systemctl.run('reset-failed', UNIT);
}

/** One that somebody started by hand at the place of the service. */
async function daemonOf({ runtimeDir }: ServicePlace): Promise<string[]> {
  try {
    (await ControlClient.connect(join(runtimeDir, 'control.sock'))).close();
    return ['a daemon that is no service'];
  } catch {
    return [];
  }
}

/** Hosts of this place that outlived their daemon, known by what the daemon told them. */
async function hostsOf({ runtimeDir }: ServicePlace): Promise<string[]> {
  const told = `ANDON_SOCKET=${join(runtimeDir, 'host.sock')}`;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      // Processes of others, and those that end meanwhile, cannot be read.
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      return environment.split('\0').includes(told) && Number(pid) !== process.pid ? [`the host with pid ${pid}`] : [];
    }),
  );
  return found.flat();
}

/** What was made on the way to these paths, as far as nobody else put something there. */
async function removeEmptyAbove(paths: readonly string[], home: string): Promise<void> {
  for (const path of paths) {
    for (let directory = dirname(path); directory.startsWith(`${home}/`); directory = dirname(directory)) {
      try {
        await rmdir(directory);
      } catch (error) {
        // Gone already on the way up from another path.
        if (errnoOf(error) !== 'ENOENT') break;
      }
    }
  }
}
