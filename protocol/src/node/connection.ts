import type { Socket } from 'node:net';
import { FRAME_END } from '../common/limits.ts';

/** One end of a connection. Frames leave in the order of `send`; none is refused and none is lost while it stands. */
export interface Connection {
  /**
   * Writes the frame in this turn if the kernel takes it, else keeps it until the peer reads. Nothing happens once closed.
   * Throws, and sends nothing, when `data` is no JSON or the frame is longer than MAX_FRAME_BYTES.
   */
  send(type: string, data: unknown): void;
  /** The same for a frame whose data is JSON text already; the caller vouches for text and length. */
  sendText(type: string, json: string): void;
  /** Bytes that the peer has not taken yet. Grows without limit while a peer does not read: the owner decides how long. */
  readonly backlogBytes: number;
  readonly closed: boolean;
  /** Sends what is queued, then closes. `onClosed` follows once the peer has read it; `destroy` still works meanwhile. */
  end(): void;
  /** Closes at once; queued frames are lost, and no frame is heard any more. `onClosed` follows. */
  destroy(): void;
}

/** What the owner of a connection hears. Both are called in order, `onClosed` once and last. */
export interface ConnectionListener {
  onFrame(type: string, data: unknown): void;
  onClosed(): void;
}

/** Above this the frames wait here instead of in the socket, so that what `destroy` gives up was never begun. */
const QUEUE_ABOVE_BYTES = 256 * 1024;

/** Keeps frames back while the peer reads slowly, so that a burst never costs a healthy connection. */
export class QueuedConnection implements Connection {
  readonly #socket: Socket;
  readonly #encode: (type: string, data: unknown) => string;
  #queue: string[] = [];
  #queueHead = 0;
  #queuedBytes = 0;
  #ending = false;

  constructor(socket: Socket, encode: (type: string, data: unknown) => string) {
    this.#socket = socket;
    this.#encode = encode;
    socket.on('drain', () => this.#flush());
  }

  get backlogBytes(): number {
    return this.#socket.writableLength + this.#queuedBytes;
  }

  get closed(): boolean {
    return this.#socket.destroyed || this.#ending;
  }

  send(type: string, data: unknown): void {
    if (this.closed) return;
    // Encoded here even if it must wait: the caller hears of a bad frame, and what it changes later does not change the frame.
    this.#write(this.#encode(type, data));
  }

  sendText(type: string, json: string): void {
    if (!this.closed) this.#write(`{"type":"${type}","data":${json}}${FRAME_END}`);
  }

  #write(frame: string): void {
    if (this.#queuedBytes === 0 && this.#socket.writableLength <= QUEUE_ABOVE_BYTES) {
      this.#socket.write(frame);
      return;
    }
    this.#queue.push(frame);
    this.#queuedBytes += Buffer.byteLength(frame);
  }

  end(): void {
    if (this.closed) return;
    this.#ending = true;
    this.#flush();
  }

  destroy(): void {
    this.#queue = [];
    this.#queueHead = 0;
    this.#queuedBytes = 0;
    this.#socket.destroy();
  }

  #flush(): void {
    while (this.#queuedBytes > 0 && this.#socket.writableLength <= QUEUE_ABOVE_BYTES && !this.#socket.destroyed) {
      const frame = this.#queue[this.#queueHead++] ?? '';
      this.#queuedBytes -= Buffer.byteLength(frame);
      this.#socket.write(frame);
    }
    if (this.#queuedBytes > 0) return;
    this.#queue = [];
    this.#queueHead = 0;
    if (this.#ending) this.#socket.end();
  }
}
