import { AndonError } from '@andon/protocol/errors';
import { MAX_SOCKET_PATH_BYTES } from '@andon/protocol/limits';
import type { Command } from 'commander';
import { ControlClient } from './client.ts';
import { errnoOf, reasonOf } from '../failure.ts';
import { controlSocket, type Place, type PlaceFlags, places, startCommand, statusSocket } from './places.ts';

export interface Daemon {
  readonly client: ControlClient;
  readonly place: Place;
}

/** The first daemon that answers, in the order of decision 14. */
export async function connectDaemon(flags: PlaceFlags): Promise<Daemon> {
  const tried: string[] = [];
  let isClosed = false;
  for (const place of places(flags)) {
    const path = controlSocket(place);
    const bytes = Buffer.byteLength(path);
    if (bytes > MAX_SOCKET_PATH_BYTES) throw new AndonError('pathTooLong', { path, bytes, limit: MAX_SOCKET_PATH_BYTES });
    try {
      return { client: await ControlClient.connect(path), place };
    } catch (error) {
      tried.push(`${path} (${reasonOf(error)})`);
      if (errnoOf(error) !== 'EACCES') continue;
      isClosed = true;
    }
    // Who may not come in there may be one of those who may look.
    const client = await ControlClient.connect(statusSocket(place)).catch(() => null);
    if (client) return { client, place };
  }
  if (isClosed) throw new AndonError('notLetIn', { tried: tried.join(', ') });
  throw new AndonError('unreachable', { tried: tried.join(', '), start: startCommand(flags) });
}

/** Runs `action` with a connection and closes it, whatever happens. */
export async function withDaemon<T>(command: Command, action: (client: ControlClient) => Promise<T>): Promise<T> {
  const { client } = await connectDaemon(command.optsWithGlobals<PlaceFlags>());
  try {
    return await action(client);
  } finally {
    client.close();
  }
}
