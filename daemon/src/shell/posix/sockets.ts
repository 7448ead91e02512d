import { rmSync } from 'node:fs';
import type { Settings } from '@andon/protocol';
import { type Connection, type ConnectionListener, type FrameServer, serveFrames } from '@andon/protocol/node';
import type { Log } from '../../ports/index.ts';
import type { Daemon } from '../daemon.ts';
import type { Places } from '../places.ts';
import { native } from './native.ts';
import { lookUpGroup } from './users.ts';

const OWNER_ONLY = 0o600;
const OWNER_AND_GROUP = 0o660;
const EVERYBODY = 0o666;

interface Doors {
  readonly places: Places;
  readonly daemon: Daemon;
  readonly settings: Settings['daemon'];
  readonly log: Log;
}

/** Where hosts come in: of any user if the daemon may start them as any user, each with its token. */
export function openHostSocket({ places, daemon }: Doors): Promise<FrameServer> {
  const mode = isRoot() ? EVERYBODY : OWNER_ONLY;
  const accept = (connection: Connection, fd: number | null): ConnectionListener =>
    daemon.admitHost(connection, fd === null ? null : (native()?.peerUid(fd) ?? null));
  return listen({ path: places.hostSocket, mode, accept }, daemon);
}

/** Where people come in. The socket of administrators appears last: whoever waits for it finds everything there. */
export async function openControlSockets(doors: Doors): Promise<FrameServer[]> {
  const { places, daemon } = doors;
  const observers = await groupFor('read-only-group', doors);
  const administrators = await groupFor('control-group', doors);
  const servers: FrameServer[] = [];
  rmSync(places.statusSocket, { force: true });
  if (observers !== null) {
    const door = { path: places.statusSocket, mode: OWNER_AND_GROUP, gid: observers };
    servers.push(await listen({ ...door, accept: (connection) => daemon.admitObserver(connection) }, daemon));
  }
  const mode = administrators === null ? OWNER_ONLY : OWNER_AND_GROUP;
  const door = { path: places.controlSocket, mode, gid: administrators };
  servers.push(await listen({ ...door, accept: (connection) => daemon.admitAdministrator(connection) }, daemon));
  return servers;
}

/** Null: nobody besides the owner. A name that means nothing lets nobody in, and does not keep the daemon from its resources. */
async function groupFor(setting: 'control-group' | 'read-only-group', { settings, log }: Doors): Promise<number | null> {
  const group = settings[setting];
  if (group === '') return null;
  if (!isRoot()) {
    log.error({ setting, group }, 'only a daemon of root lets a group in: nobody else may enter the runtime directory of another user');
    return null;
  }
  const gid = await lookUpGroup(group);
  if (gid === null) log.error({ setting, group }, 'there is no such group on this machine, so nobody is let in by it');
  return gid;
}

/** Only the holder of the lock gets here, so whatever stands at the path is a dead daemon's. */
function listen(door: Omit<Parameters<typeof serveFrames>[0], 'onTrouble'>, daemon: Daemon): Promise<FrameServer> {
  rmSync(door.path, { force: true });
  return serveFrames({ ...door, onTrouble: (error) => daemon.connectionTrouble(error) });
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
