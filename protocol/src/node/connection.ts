import type { Socket } from 'node:net';

/** One end of a connection. Frames leave in the order of `send`; none is refused and none is lost while it stands. */
export interface Connection {
  /** Writes the frame in this turn if the kernel takes it, else keeps it until the peer reads. Nothing happens once closed. */
  send(type: string, data: unknown): void;
  /** Bytes and frames that the peer has not taken yet, as a rough measure of how slow it reads. */
  readonly backlogBytes: number;
  readonly closed: boolean;
  /** Sends what is queued, then closes. `onClosed` follows. */
  end(): void;
  /** Closes at once; queued frames are lost. `onClosed` follows. */
  destroy(): void;
}

/** What the owner of a connection hears. Both are called in order, `onClosed` once and last. */
export interface ConnectionListener {
  onFrame(type: string, data: unknown): void;
  onClosed(): void;
}

/** node-ipc destroys a connection whose kernel buffer and user-space buffer together hold more than this. */
export const MAX_PENDING_BYTES = 8 * 1024 * 1024;
/** Above this the frames wait here instead, so that a burst of terminates never reaches the limit above. */
const QUEUE_ABOVE_BYTES = 256 * 1024;

/** Keeps frames back while the peer reads slowly, so that a burst never costs a healthy connection. */
export class QueuedConnection implements Connection {
  readonly #socket: Socket;
  readonly #write: (type: string, data: unknown) => void;
  #queue: { readonly type: string; readonly data: unknown }[] = [];
  #ending = false;

  constructor(socket: Socket, write: (type: string, data: unknown) => void) {
    this.#socket = socket;
    this.#write = write;
    socket.on('drain', () => this.#flush());
  }

  get backlogBytes(): number {
    return this.#socket.writableLength + this.#queue.length * 128;
  }

  get closed(): boolean {
    return this.#socket.destroyed || this.#ending;
  }

  send(type: string, data: unknown): void {
    if (this.closed) return;
    if (this.#queue.length > 0 || this.#socket.writableLength > QUEUE_ABOVE_BYTES) this.#queue.push({ type, data });
    else this.#write(type, data);
  }

  end(): void {
    this.#flush();
    this.#ending = true;
    if (this.#queue.length === 0) this.#socket.end();
  }

  destroy(): void {
    this.#queue = [];
    this.#socket.destroy();
  }

  #flush(): void {
    let sent = 0;
    for (const frame of this.#queue) {
      if (this.#socket.destroyed || this.#socket.writableLength > QUEUE_ABOVE_BYTES) break;
      this.#write(frame.type, frame.data);
      sent++;
    }
    if (sent > 0) this.#queue = this.#queue.slice(sent);
    if (this.#ending && this.#queue.length === 0) this.#socket.end();
  }
}
