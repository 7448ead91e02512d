import { stat } from 'node:fs/promises';
import type { StatusDocument } from '@andon/protocol';
import { AndonError } from '@andon/protocol/errors';
import { ADOPTION_WINDOW_MS } from '@andon/protocol/limits';
import { type Changes, followChanges } from '../connection/changes.ts';
import { ControlClient } from '../connection/client.ts';
import type { Daemon } from '../connection/connect.ts';
import { detachDaemon } from '../daemon/daemon-process.ts';
import { controlSocket, daemonEnvironment, type Place, type PlaceFlags } from '../connection/places.ts';
import { progressLine } from '../terminal/progress.ts';
import { shutDown } from '../daemon/shut-down.ts';
import { ownPrograms, verifyPrograms } from './programs.ts';

/** TimeoutStartSec of the unit, and RestartSec before it. */
const NEXT_LIMIT_MS = 65_000;
const PROBE_EVERY_MS = 50;
/** Verification of what was adopted comes after the window. */
const SETTLE_LIMIT_MS = 3 * ADOPTION_WINDOW_MS;

interface Identity {
  readonly version: string;
  readonly pid: number;
}
interface Kept {
  readonly kept: number;
  /** Names of what is not as it was. */
  readonly lost: readonly string[];
}
export interface Upgraded {
  readonly from: Identity;
  readonly to: Identity;
  readonly by: 'systemd' | 'andon';
  readonly hosts: Kept;
  readonly resources: Kept;
}

/** The daemon leaves everything running and another one takes it over. Refuses before it leaves whatever can be known by then. */
export async function upgrade({ client, place }: Daemon, flags: PlaceFlags): Promise<Upgraded> {
  await refuseOtherUser(place);
  await verifyPrograms(await ownPrograms());
  const before = await client.request('status', {});
  const isService = before.daemon.serviceManager !== null;
  const progress = progressLine();
  try {
    progress.show('the daemon leaves');
    await shutDown(client, { leaveResources: true, restart: isService });
    progress.show('waiting for the next daemon');
    if (!isService) await startNext(place, flags, before);
    const next = await connectNext(place, before);
    try {
      const after = await settled(next, (text) => progress.show(text));
      return {
        from: identityOf(before),
        to: identityOf(after),
        by: isService ? 'systemd' : 'andon',
        hosts: hostsKept(before, after),
        resources: resourcesKept(before, after),
      };
    } finally {
      next.close();
    }
  } finally {
    progress.clear();
  }
}

/** Root reaches the daemons of all; started by root, the next one could not be that user's. */
async function refuseOtherUser(place: Place): Promise<void> {
  const { uid } = await stat(controlSocket(place));
  if (uid === process.getuid?.()) return;
  const hint = `Run it as that user: sudo -u '#${uid}' andon daemon upgrade`;
  throw new AndonError('needsOwner', { path: controlSocket(place), uid, hint });
}

async function startNext(place: Place, flags: PlaceFlags, before: StatusDocument): Promise<void> {
  try {
    // Where it was, even if this shell would put it somewhere else.
    await detachDaemon(place, { ...daemonEnvironment(flags, place), ANDON_STATE_DIR: before.daemon.stateDir });
  } catch (error) {
    throw upgradeFailed(error instanceof Error ? error.message : String(error), 'andon up --detach');
  }
}

async function connectNext(place: Place, before: StatusDocument): Promise<ControlClient> {
  const untilMs = Date.now() + NEXT_LIMIT_MS;
  for (;;) {
    const client = await ControlClient.connect(controlSocket(place)).catch(() => null);
    if (client) {
      const { daemon } = await client.request('status', { names: [] });
      if (daemon.epoch > before.daemon.epoch) return client;
      client.close();
    }
    if (Date.now() > untilMs) break;
    await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
  }
  const manager = before.daemon.scope === 'user' ? 'systemctl --user' : 'systemctl';
  throw upgradeFailed(
    `nothing answered at ${controlSocket(place)} within ${NEXT_LIMIT_MS / 1000} s`,
    `${manager} start andond ; its log: ${before.daemon.scope === 'user' ? 'journalctl --user' : 'journalctl'} -u andond`,
  );
}

/** Hosts keep their resources for the orphan period, so that there is time to mend it. */
function upgradeFailed(reason: string, start: string): AndonError {
  const hint = `Its hosts keep their resources and wait for it. Start it by hand: ${start}`;
  return new AndonError('upgradeFailed', { reason: reason.replace(/\.$/, ''), hint });
}

/** Once no resource is Unknown any more, adoption is over. */
async function settled(client: ControlClient, show: (text: string) => void): Promise<StatusDocument> {
  const changes: Changes = await followChanges(client);
  const untilMs = Date.now() + SETTLE_LIMIT_MS;
  for (;;) {
    const status = await client.request('status', {});
    const unknown = status.resources.filter(({ state }) => state === 'Unknown');
    if (unknown.length === 0 || Date.now() >= untilMs) return status;
    show(`adopting: ${unknown.length} of ${status.resources.length} resources are still to be heard of`);
    await changes.next(untilMs);
  }
}

function identityOf({ daemon: { version, pid } }: StatusDocument): Identity {
  return { version, pid };
}

function hostsKept(before: StatusDocument, after: StatusDocument): Kept {
  const running = before.hosts.filter(({ pid }) => pid !== null);
  const lost = running.filter(({ id, pid }) => !after.hosts.some((host) => host.id === id && host.pid === pid));
  return { kept: running.length - lost.length, lost: lost.map(({ id }) => id) };
}

/** The same incarnation is Online: it was not taken offline in between. */
function resourcesKept(before: StatusDocument, after: StatusDocument): Kept {
  const online = before.resources.filter(({ state }) => state === 'Online');
  const lost = online.filter(
    ({ name, incarnation }) =>
      !after.resources.some((one) => one.name === name && one.state === 'Online' && one.incarnation === incarnation),
  );
  return { kept: online.length - lost.length, lost: lost.map(({ name }) => name) };
}
