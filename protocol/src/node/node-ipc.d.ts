// node-ipc 14 ships no types. Only what the two adapters beside this file use is declared.
declare module 'node-ipc' {
  import type { Server as NetServer, Socket } from 'node:net';

  interface Config {
    parser: 'guarded';
    messageTimeout: number;
    maxPendingBytes: number;
    maxMessageSize: number;
    maxConnections: number;
    silent: boolean;
    identifyPeer: boolean;
    unlink: boolean;
    secureSocketRoot: boolean;
    stopRetrying: boolean;
    maxRetries: number;
  }
  interface Events {
    on(type: 'connect' | 'start', handler: (socket: Socket) => void): void;
    on(type: 'error', handler: (error: Error) => void): void;
    on(type: '*', handler: (type: string, data: unknown, socket: Socket) => void): void;
  }
  interface Server extends Events {
    readonly server: NetServer;
    start(): void;
    stop(): void;
    emit(socket: Socket, type: string, data: unknown): boolean;
  }
  interface Client {
    readonly socket: Socket;
    on(type: 'connect' | 'disconnect', handler: () => void): void;
    on(type: 'error', handler: (error: Error) => void): void;
    on(type: '*', handler: (type: string, data: unknown) => void): void;
    emit(type: string, data: unknown): boolean;
  }
  class IPCModule {
    readonly config: Config;
    readonly server: Server;
    readonly of: Record<string, Client>;
    serve(path: string, started: () => void): void;
    connectTo(id: string, path: string, created: () => void): void;
    disconnect(id: string): void;
  }
}
