import { IPCModule } from 'node-ipc';
import { MAX_FRAME_BYTES } from '../common/limits.ts';
import { type Connection, type ConnectionListener, MAX_PENDING_BYTES, QueuedConnection } from './connection.ts';

/**
 * Connects to a frame server, once: who wants to try again calls again. Rejects with the socket's error (`ENOENT`,
 * `ECONNREFUSED`, `EACCES`) when nothing listens there.
 */
export function connectFrames(path: string, accept: (connection: Connection) => ConnectionListener): Promise<Connection> {
  const ipc = new IPCModule();
  Object.assign(ipc.config, {
    parser: 'guarded',
    messageTimeout: 0,
    maxPendingBytes: MAX_PENDING_BYTES + MAX_FRAME_BYTES,
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
      let listener: ConnectionListener | undefined;
      client.on('connect', () => {
        const connection = new QueuedConnection(client.socket, (type, data) => client.emit(type, data));
        listener = accept(connection);
        resolve(connection);
      });
      client.on('error', reject);
      client.on('disconnect', () => {
        ipc.disconnect(peer);
        listener?.onClosed();
      });
      client.on('*', (type, data) => {
        if (type !== 'connect' && type !== 'disconnect' && type !== 'destroy' && type !== 'error') listener?.onFrame(type, data);
      });
    });
  });
}
