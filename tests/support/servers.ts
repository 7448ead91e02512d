import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { z } from 'zod';
import { atEndOfTest } from './at-end.ts';

/** A server of the test, with the connections that it holds. */
export interface TestServer {
  readonly port: number;
  readonly sockets: ReadonlySet<Socket>;
  /** Stops listening; what is connected stays connected. */
  closeListener(): void;
  /** Hangs up on everybody. */
  hangUp(): void;
}

/** Listens until the test ends: on a free port of this machine, or on this port or unix socket. */
export async function listening(onConnection: (socket: Socket) => void, place: number | string = 0): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.resume();
    onConnection(socket);
  });
  server.listen(typeof place === 'string' ? { path: place } : { port: place, host: '127.0.0.1' });
  await once(server, 'listening');
  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const closeListener = (): Server => server.close();
  atEndOfTest(() => {
    closeListener();
    hangUp();
  });
  const port = typeof place === 'string' ? 0 : z.object({ port: z.int() }).parse(server.address()).port;
  return { port, sockets, closeListener, hangUp };
}

/** A port on which nobody listens, for now. */
export async function freePort(): Promise<number> {
  const server = await listening(() => {});
  server.closeListener();
  return server.port;
}
