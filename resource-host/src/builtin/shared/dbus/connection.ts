import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Call, callBytes, lengthOf, type Message, readMessage } from './message.ts';
import { textOf, type Value } from './values.ts';

const ANSWER_LIMIT_MS = 25_000;

/** What the other side answers to a call that it refuses. */
export class DBusError extends Error {
  override readonly name = 'DBusError';
  /** `org.freedesktop.systemd1.NoSuchUnit`. */
  readonly error: string;

  constructor(error: string, message: string) {
    super(message === '' ? error : message);
    this.error = error;
  }
}

interface Listener {
  signal(message: Message): void;
  /** The connection is gone. */
  closed(why: string): void;
}

/** One connection to a bus, or to one peer. */
export class DBusConnection {
  readonly #socket: Socket;
  readonly #listener: Listener;
  readonly #waiting = new Map<number, { resolve(body: readonly Value[]): void; reject(error: Error): void }>();
  #received = Buffer.alloc(0);
  #serial = 0;

  private constructor(socket: Socket, listener: Listener) {
    this.#socket = socket;
    this.#listener = listener;
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.on('error', (error) => this.#close(error.message));
    socket.on('close', () => this.#close('it was closed'));
  }

  /** Connects to a unix socket, and says who we are. */
  static async open(path: string, listener: Listener): Promise<DBusConnection> {
    const socket = connect(path);
    try {
      await once(socket, 'connect');
      const uid = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex');
      socket.write(`\0AUTH EXTERNAL ${uid}\r\n`);
      const [answer]: Buffer[] = await once(socket, 'data', { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
      if (!answer?.toString().startsWith('OK ')) throw new Error(`${path} does not let us in: ${answer?.toString().trim()}`);
      socket.write('BEGIN\r\n');
      return new DBusConnection(socket, listener);
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  async call(call: Call): Promise<readonly Value[]> {
    const serial = ++this.#serial;
    const { promise, resolve, reject } = Promise.withResolvers<readonly Value[]>();
    this.#waiting.set(serial, { resolve, reject });
    const timer = setTimeout(() => reject(new Error(`${call.member} was not answered within ${ANSWER_LIMIT_MS} ms`)), ANSWER_LIMIT_MS);
    try {
      this.#socket.write(callBytes(serial, call));
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(serial);
    }
  }

  #receive(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    try {
      for (
        let length = lengthOf(this.#received);
        length !== undefined && this.#received.length >= length;
        length = lengthOf(this.#received)
      ) {
        const message = readMessage(this.#received.subarray(0, length));
        this.#received = this.#received.subarray(length);
        this.#handle(message);
      }
    } catch (error) {
      this.#socket.destroy();
      this.#close(String(error));
    }
  }

  #handle(message: Message): void {
    if (message.kind === 'signal') return this.#listener.signal(message);
    const waiting = this.#waiting.get(message.replySerial);
    if (message.kind === 'answer') waiting?.resolve(message.body);
    if (message.kind === 'error') waiting?.reject(new DBusError(message.error, textOf(message.body[0])));
    return undefined;
  }

  #close(why: string): void {
    for (const { reject } of this.#waiting.values()) reject(new Error(`the connection to the service manager is gone: ${why}`));
    this.#waiting.clear();
    this.#listener.closed(why);
  }
}
