import type { Socket } from 'node:net';
import { chmodSync, chownSync } from 'node:fs';
import { IPCModule } from 'node-ipc';
import { MAX_FRAME_BYTES } from '../common/limits.ts';
import { type Connection, type ConnectionListener, QueuedConnection } from './connection.ts';
import { descriptorOf } from './descriptor.ts';

export interface FrameServerOptions {
  /** Absolute path of the socket. Nothing may stand there: the caller owns the folder and its lock. */
  readonly path: string;
  /** Permission bits of the socket. */
  readonly mode: number;
  /** Group of the socket, if not that of the process. Needs the rights to give it away. */
  readonly gid?: number | null;
  /** Called for every accepted connection; its answer hears that connection. `fd`: of its socket, while this call lasts. */
  accept(connection: Connection, fd: number | null): ConnectionListener;
  /** A handler threw, or a peer broke the framing. Never fatal. */
  onTrouble(error: Error): void;
}

export interface FrameServer {
  /** Destroys every connection, then removes the socket. */
  close(): void;
}

/** Listens for frames on a unix socket. The only user of node-ipc's server; no other file knows of node-ipc. */
export function serveFrames(options: FrameServerOptions): Promise<FrameServer> {
  const ipc = new IPCModule();
  Object.assign(ipc.config, {
    parser: 'guarded',
    // Its timer is not re-armed per frame and would close healthy connections under steady traffic.
    messageTimeout: 0,
    maxMessageSize: MAX_FRAME_BYTES,
    maxConnections: 4096,
    silent: true,
    identifyPeer: false,
    // Removing a stale socket is for the holder of the lock; node-ipc would remove a living daemon's too.
    unlink: false,
    secureSocketRoot: false,
  });
  const listeners = new WeakMap<Socket, ConnectionListener>();
  const guarded = (action: () => void): void => {
    // An exception inside a node-ipc handler loses the other frames of the same chunk.
    try {
      action();
    } catch (error) {
      options.onTrouble(error instanceof Error ? error : new Error(String(error)));
    }
  };

  return new Promise((resolve, reject) => {
    ipc.serve(options.path, () => {
      try {
        if (typeof options.gid === 'number') chownSync(options.path, process.getuid?.() ?? -1, options.gid);
        chmodSync(options.path, options.mode);
        resolve({ close: () => ipc.server.stop() });
      } catch (error) {
        ipc.server.stop();
        reject(error);
      }
    });
    const { server } = ipc;
    server.on('error', (error) => {
      options.onTrouble(error);
      reject(error);
    });
    server.on('connect', (socket) => {
      const connection = new QueuedConnection(socket, server.encode);
      socket.once('close', () => guarded(() => listeners.get(socket)?.onClosed()));
      guarded(() => listeners.set(socket, options.accept(connection, descriptorOf(socket))));
      // Nobody would ever hear or close it.
      if (!listeners.has(socket)) connection.destroy();
    });
    server.on('*', (type, data, socket) => {
      // The frames that were read together with the one that made the owner destroy the connection are not for it.
      if (isLifeCycleEvent(type) || socket.destroyed) return;
      guarded(() => listeners.get(socket)?.onFrame(type, data));
    });
    closedToOthers(() => server.start());
  });
}

/** The socket is there before its mode is set: under a lax umask others could connect in between. */
function closedToOthers(bind: () => void): void {
  const before = process.umask(0o177);
  try {
    bind();
  } finally {
    process.umask(before);
  }
}

/** node-ipc publishes its own events through the same emitter; peers cannot send these names. */
function isLifeCycleEvent(type: string): boolean {
  return ['start', 'connect', 'disconnect', 'destroy', 'close', 'socket.disconnected', 'error', 'data'].includes(type);
}
