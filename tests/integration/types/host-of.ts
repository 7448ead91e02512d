import type { DaemonPlayer } from '../resource-host/daemon-player.ts';
import { connectedHost } from '../resource-host/host-test.ts';

/** The host of the built-in types, with one resource opened and not online. */
export async function opened(type: string, properties: object, name = 'it'): Promise<DaemonPlayer> {
  const { player } = await connectedHost('--builtin');
  await player.result('startup', { types: [type] });
  await player.open(name, type, properties);
  return player;
}

/** The same, online as incarnation 1. */
export async function online(type: string, properties: object, name = 'it'): Promise<DaemonPlayer> {
  const player = await opened(type, properties, name);
  await player.onlineAtLast(name, 1, properties);
  return player;
}

/** What isAlive answers. */
export function isAlive(player: DaemonPlayer, name = 'it', incarnation = 1): Promise<unknown> {
  return player.result('isAlive', { resourceId: name, incarnation });
}
