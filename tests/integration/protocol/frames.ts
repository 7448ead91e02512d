import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connection, type ConnectionListener, type FrameServer, serveFrames } from '@andon/protocol/node';

/** A value that arrives later, for tests that wait for an event instead of sleeping. */
export class Arrivals<T> {
  readonly all: T[] = [];
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  add(value: T): void {
    this.all.push(value);
    this.#waiting = this.#waiting.filter((waiter) => {
      if (this.all.length < waiter.count) return true;
      waiter.resolve();
      return false;
    });
  }

  async first(count: number): Promise<T[]> {
    if (this.all.length < count) await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
    return this.all.slice(0, count);
  }
}

export interface Frame {
  readonly type: string;
  readonly data: unknown;
}

/** A listener that keeps what it hears. */
export class Recorder implements ConnectionListener {
  readonly frames = new Arrivals<Frame>();
  readonly closed = new Arrivals<true>();

  onFrame(type: string, data: unknown): void {
    this.frames.add({ type, data });
  }

  onClosed(): void {
    this.closed.add(true);
  }
}

/** A frame server in a folder of its own, with everything that happened to it. */
export interface TestServer {
  readonly path: string;
  readonly peers: Arrivals<{ readonly connection: Connection; readonly heard: Recorder }>;
  readonly troubles: Arrivals<Error>;
  readonly server: FrameServer;
  stop(): Promise<void>;
}

export async function startServer(listen?: (connection: Connection, heard: Recorder) => ConnectionListener): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'andon-frames-'));
  const path = join(folder, 'socket');
  const peers: TestServer['peers'] = new Arrivals();
  const troubles: TestServer['troubles'] = new Arrivals();
  const server = await serveFrames({
    path,
    mode: 0o600,
    accept(connection) {
      const heard = new Recorder();
      peers.add({ connection, heard });
      return listen ? listen(connection, heard) : heard;
    },
    onTrouble: (error) => troubles.add(error),
  });
  return {
    path,
    peers,
    troubles,
    server,
    async stop() {
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A bare socket, as a host in any language has it. */
export async function rawSocket(path: string): Promise<Socket> {
  const socket = connect(path);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  return socket;
}

export function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
    socket.resume();
  });
}

export function frame(type: string, data: unknown): Buffer {
  return Buffer.from(`${JSON.stringify({ type, data })}\f`);
}
