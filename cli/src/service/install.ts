import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AndonError } from '@andon/protocol/errors';
import { ControlClient } from '../connection/client.ts';
import { note } from '../terminal/output.ts';
import { controlSocket } from '../connection/places.ts';
import { progressLine } from '../terminal/progress.ts';
import { type LeftLink, type Link, linksOf, makeLinks } from './links.ts';
import { unsafeReasons } from './path-safety.ts';
import { ownPrograms, type Programs, verifyPrograms } from './programs.ts';
import { type ServicePlace, UNIT } from './service-place.ts';
import { execute, requireSystemd, Systemctl } from './systemctl.ts';
import { lookAtUnit, type UnitFile, writeUnit } from './unit-file.ts';
import { unitText } from './unit.ts';

/** What is to be done, decided before anything is touched. */
export interface Plan {
  readonly place: ServicePlace;
  readonly programs: Programs;
  readonly unit: UnitFile;
  readonly text: string;
  /** Arguments of systemctl, in order. */
  readonly commands: readonly (readonly string[])[];
  readonly links: readonly Link[];
}

export interface InstallOptions {
  readonly force: boolean;
  readonly start: boolean;
  /** Put `andon` into PATH, and its pages into the manual. */
  readonly links: boolean;
}

export async function planInstall(place: ServicePlace, { start, links }: InstallOptions): Promise<Plan> {
  const programs = await ownPrograms();
  const text = unitText(place, programs);
  const commands = [['daemon-reload'], ['enable', UNIT], ...(start ? [['start', UNIT]] : [])];
  const unit = await lookAtUnit(place.unitPath, text);
  return { place, programs, text, unit, commands, links: links ? await linksOf(place, programs) : [] };
}

/** Everything that speaks against the plan, the gravest first; empty when it can be carried out. */
export async function objections({ place, programs, unit }: Plan, { force, start }: InstallOptions): Promise<AndonError[]> {
  const found: AndonError[] = [];
  try {
    requireSystemd();
  } catch (error) {
    if (!(error instanceof AndonError)) throw error;
    found.push(error);
  }
  if (place.scope === 'system' && !place.isRoot) {
    const hint = 'Run: sudo andon service install ; or for this user alone: andon service install --user';
    found.push(new AndonError('needsRoot', { what: 'Installing a service of the system', hint }));
  }
  if (unit.state === 'foreign' && !force) {
    found.push(new AndonError('serviceForeign', { path: place.unitPath, hint: 'replace it with: andon service install --force' }));
  }
  if (place.scope === 'system' && !force) {
    const reasons = await unsafeReasons(programs);
    if (reasons.length > 0) found.push(new AndonError('serviceUnsafe', { reasons: reasons.join('; ') }));
  }
  if (start) found.push(...(await otherDaemon(place)));
  return found;
}

/** A daemon that nobody runs as a service holds the lock, so the service could not start. */
async function otherDaemon(place: ServicePlace): Promise<AndonError[]> {
  let client: ControlClient;
  try {
    client = await ControlClient.connect(controlSocket(place));
  } catch {
    return [];
  }
  try {
    const { daemon } = await client.request('status', { names: [] });
    if (daemon.serviceManager !== null) return [];
    const reason = `a daemon that is no service runs already with ${daemon.runtimeDir}, pid ${daemon.pid}`;
    const hint = 'Let the service take its resources over: andon down --leave-resources, then run the command again';
    return [new AndonError('serviceConflict', { reason, hint })];
  } finally {
    client.close();
  }
}

export interface Installed {
  readonly changed: boolean;
  readonly pid: number | null;
  /** Links that could not be made; the service needs none of them. */
  readonly leftLinks: readonly LeftLink[];
}

/** Carries the plan out. Each step may be repeated, so that a second run completes what the first one could not. */
export async function install({ place, programs, unit, text, links }: Plan, { start }: InstallOptions): Promise<Installed> {
  await verifyPrograms(programs);
  const systemctl = new Systemctl(place);
  const changed = unit.state !== 'same';
  if (changed) await writeUnit(place.unitPath, text);
  await systemctl.act('daemon-reload');
  await systemctl.act('enable', UNIT);
  const leftLinks = await makeLinks(links);
  if (!start) return { changed, pid: null, leftLinks };
  const progress = progressLine();
  progress.show('starting: waiting until andond is ready');
  const startedAtS = Math.floor(Date.now() / 1000);
  const { code } = await systemctl.run('start', UNIT).finally(() => progress.clear());
  if (code !== 0) throw await startFailed(systemctl, place, startedAtS);
  return { changed, pid: Number((await systemctl.show(UNIT, ['MainPID'])).get('MainPID')), leftLinks };
}

/** Shows what the person would look for next, and keeps systemd from trying for ever what failed at the first try. */
async function startFailed(systemctl: Systemctl, place: ServicePlace, sinceS: number): Promise<AndonError> {
  const facts = await systemctl.show(UNIT, ['Result', 'ExecMainStatus']);
  await systemctl.run('stop', UNIT);
  // Its last words may still be on their way; only root may ask the journal to hurry. The lines that systemctl shows are those of a
  // running service: what came last from one that has ended is missing there.
  await execute('journalctl', ['--sync']);
  const [program = '', ...args] = journalOf(place).split(' ');
  const { stdout } = await execute(program, [...args, '--no-pager', `--since=@${sinceS}`, '--lines=15']);
  note(stdout.trimEnd());
  const reason = `its result is ${facts.get('Result') ?? 'unknown'}, exit status ${facts.get('ExecMainStatus') ?? 'unknown'}`;
  return new AndonError('serviceStartFailed', { reason, hint: `${systemctl.line(['start', UNIT])} ; its log: ${journalOf(place)}` });
}

export function journalOf({ scope }: ServicePlace): string {
  return `journalctl ${scope === 'user' ? '--user ' : ''}-u ${UNIT.replace('.service', '')}`;
}

/** A user's manager, and the service with it, ends with the last session unless that user lingers. */
export function lingers({ scope, user }: ServicePlace): boolean {
  return scope === 'system' || existsSync(join('/var/lib/systemd/linger', user));
}
