import type { Socket } from 'node:net';
import { FRAME_END, Request, Response } from '@andon/protocol';
import { FrameReader } from './frame-reader.ts';
import type { Entry, Frame, Journal } from './journal.ts';
import type { Judge } from './judge.ts';
import type { Witness } from './witness.ts';

/** What the daemon answers to a request of the host: a result, or an error. */
export type Answer =
  | { readonly ok: true; readonly result: object }
  | { readonly ok: false; readonly code: string; readonly message: string };

export interface PeerParts {
  readonly socket: Socket;
  readonly connection: number;
  readonly journal: Journal;
  readonly judge: Judge;
  readonly witness: Witness;
  /** Answers the host's own requests; null leaves one unanswered. */
  readonly onRequest: (request: Request) => Promise<Answer | null>;
}

/** The daemon's end of one connection. */
export class Peer {
  readonly connection: number;
  /** The entries of this connection stand from here on. */
  readonly mark: number;
  readonly #parts: PeerParts;
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  #isOpen = true;

  constructor(parts: PeerParts) {
    this.#parts = parts;
    this.#socket = parts.socket;
    this.connection = parts.connection;
    this.mark = parts.journal.mark;
    this.#reader = new FrameReader(parts.judge, (frame) => this.#accept(frame));
    this.#socket.on('data', (bytes: Buffer) => this.#reader.push(bytes));
    this.#socket.on('error', () => {});
    this.#socket.once('close', () => this.#closed());
    parts.journal.add({ kind: 'connected', connection: this.connection });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  send(type: string, data: unknown): void {
    this.sendText(frameText(type, data));
  }

  /** Whole frames or not: as it is. */
  sendText(text: string): void {
    this.#parts.journal.add({ kind: 'sent', connection: this.connection, text });
    this.#socket.write(text);
  }

  /** The same text in pieces of so many bytes, each of which the host can read before the next one comes. */
  async sendPieces(text: string, size: number): Promise<void> {
    this.#parts.journal.add({ kind: 'sent', connection: this.connection, text });
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += size) {
      await new Promise<void>((resolve) => void this.#socket.write(bytes.subarray(at, at + size), () => setImmediate(resolve)));
    }
  }

  /** What `select` finds in a frame of this connection since `mark`; null when none came in time, or can come. */
  async frame<Found>(select: (frame: Frame) => Found | undefined, limitMs: number, mark = this.mark): Promise<Found | null> {
    const found = await this.#parts.journal.next((entry) => this.#selected(entry, select), limitMs, mark);
    return found?.frame ?? null;
  }

  response(id: string, limitMs: number, mark = this.mark): Promise<Response | null> {
    return this.frame((frame) => responseTo(id, frame), limitMs, mark);
  }

  /** Without a goodbye, as a daemon that is killed. */
  cut(): void {
    this.#socket.destroy();
  }

  async goodbye(code: string, message: string): Promise<void> {
    this.send('goodbye', { code, message, supported: ['andon/1'] });
    this.#socket.end();
    await this.closed(1_000);
    this.#socket.destroy();
  }

  /** Whether the connection is closed within that time. */
  async closed(limitMs: number): Promise<boolean> {
    const isClosed = (entry: Entry): true | undefined =>
      entry.kind === 'closed' && entry.connection === this.connection ? true : undefined;
    return (await this.#parts.journal.next(isClosed, limitMs, this.mark)) ?? false;
  }

  /** The connection's end is found too: nothing comes after it. */
  #selected<Found>(entry: Entry, select: (frame: Frame) => Found | undefined): { readonly frame: Found | null } | undefined {
    if (entry.kind === 'closed' && entry.connection === this.connection) return { frame: null };
    if (entry.kind !== 'received' || entry.connection !== this.connection) return undefined;
    const frame = select(entry.frame);
    return frame === undefined ? undefined : { frame };
  }

  #accept(frame: Frame): void {
    this.#parts.witness.see(frame, this.connection);
    this.#parts.journal.add({ kind: 'received', connection: this.connection, frame });
    if (frame.type === 'request') void this.#answer(frame);
  }

  async #answer({ data }: Frame): Promise<void> {
    const request = Request.safeParse(data);
    if (!request.success) return;
    const answer = await this.#parts.onRequest(request.data);
    if (answer === null || !this.#isOpen) return;
    const { id } = request.data;
    if (answer.ok) this.send('response', { id, ok: true, result: answer.result });
    else this.send('response', { id, ok: false, error: { code: answer.code, message: answer.message, retryable: false } });
  }

  #closed(): void {
    this.#isOpen = false;
    this.#reader.end();
    this.#parts.journal.add({ kind: 'closed', connection: this.connection });
  }
}

export function frameText(type: string, data: unknown): string {
  return `${JSON.stringify({ type, data })}${FRAME_END}`;
}

function responseTo(id: string, { type, data }: Frame): Response | undefined {
  if (type !== 'response') return undefined;
  const response = Response.safeParse(data);
  return response.success && response.data.id === id ? response.data : undefined;
}
