import { IPCModule } from 'node-ipc';
import { MAX_FRAME_BYTES } from '../common/limits.ts';
import { type Connection, type ConnectionListener, QueuedConnection } from './connection.ts';

/**
 * Connects to a frame server, once: who wants to try again calls again. Rejects with the socket's error (`ENOENT`,
 * `ECONNREFUSED`, `EACCES`) when nothing listens there. An exception of the listener becomes an uncaught one, as from any
 * event handler, after the frames that were read with it.
 */
export function connectFrames(path: string, accept: (connection: Connection) => ConnectionListener): Promise<Connection> {
  const ipc = new IPCModule();
  Object.assign(ipc.config, {
    parser: 'guarded',
    messageTimeout: 0,
    maxMessageSize: MAX_FRAME_BYTES,
    silent: true,
    stopRetrying: true,
    maxRetries: 0,
  });
  return new Promise((resolve, reject) => {
    const peer = 'peer';
    ipc.connectTo(peer, path, () => {
      const client = ipc.of[peer];
      if (!client) throw new Error('node-ipc created no client');
      const { socket } = client;
      let listener: ConnectionListener | undefined;
      client.on('connect', () => {
        const connection = new QueuedConnection(socket, client.encode);
        try {
          listener = accept(connection);
          resolve(connection);
        } catch (error) {
          connection.destroy();
          reject(error);
        }
      });
      client.on('error', reject);
      client.on('disconnect', () => {
        ipc.disconnect(peer);
        deferringErrors(() => listener?.onClosed());
      });
      client.on('*', (type, data) => {
        if (isLifeCycleEvent(type) || socket.destroyed) return;
        deferringErrors(() => listener?.onFrame(type, data));
      });
    });
  });
}

/** Runs `action`; an exception is thrown later, because inside a node-ipc handler it loses the other frames of the chunk. */
function deferringErrors(action: () => void): void {
  try {
    action();
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}

/** node-ipc publishes its own events through the same emitter; a server cannot send these names. */
function isLifeCycleEvent(type: string): boolean {
  return type === 'connect' || type === 'disconnect' || type === 'destroy' || type === 'error';
}
