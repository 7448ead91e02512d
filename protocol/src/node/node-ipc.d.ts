// node-ipc 14 ships no types. Only what the two adapters beside this file use is declared.
declare module 'node-ipc' {
  import type { Server as NetServer, Socket } from 'node:net';

  interface Config {
    parser: 'guarded';
    messageTimeout: number;
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
    /** The whole frame as text. Throws when it is not JSON or too long. */
    readonly encode: (type: string, data: unknown) => string;
  }
  interface Client {
    readonly socket: Socket;
    on(type: 'connect' | 'disconnect', handler: () => void): void;
    on(type: 'error', handler: (error: Error) => void): void;
    on(type: '*', handler: (type: string, data: unknown) => void): void;
    readonly encode: (type: string, data: unknown) => string;
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
