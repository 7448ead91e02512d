import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FRAME_END } from '@andon/protocol';
import { TestDaemon } from '../../support/daemon.ts';

/** No answer of the daemon takes as long as this, however loaded the machine. */
const LOST_AFTER_MS = 30_000;

export interface Frame {
  readonly type: string;
  readonly data: {
    readonly id?: string;
    readonly ok?: boolean;
    readonly more?: boolean;
    readonly result?: unknown;
    readonly error?: { readonly code: string; readonly message: string };
  };
}

/** A real daemon that lives through many inputs; started by the first. */
export class DaemonUnderFuzz {
  #started: Promise<TestDaemon> | undefined;
  #folder = '';

  async up(): Promise<TestDaemon> {
    this.#started ??= this.#start();
    return this.#started;
  }

  async #start(): Promise<TestDaemon> {
    this.#folder = mkdtempSync(join(tmpdir(), 'andon-'));
    const daemon = new TestDaemon(this.#folder);
    await daemon.up();
    return daemon;
  }

  /**
   * Everything that comes back on a connection of its own, until the daemon closes it or `isEnough`. Without `isEnough` the
   * connection is half closed behind the bytes, and the daemon closes the rest of it.
   */
  async said(socketName: string, bytes: Uint8Array, isEnough?: (frames: readonly Frame[]) => boolean): Promise<readonly Frame[]> {
    const daemon = await this.up();
    const socket = createConnection(join(daemon.folder, 'run', socketName));
    try {
      return await withinLimit(framesFrom(socket, bytes, isEnough), () => `no answer; the daemon printed ${daemon.output}`);
    } finally {
      socket.destroy();
    }
  }

  /** The daemon answers somebody else, and has noted no error of its own. */
  async isWell(): Promise<void> {
    const daemon = await this.up();
    await withinLimit(daemon.client.request('ping', {}), () => `the daemon does not answer any more: ${daemon.output}`);
  }

  async close(): Promise<void> {
    if (!this.#started) return;
    const daemon = await this.#started;
    await daemon.end();
    const log = readFileSync(join(daemon.folder, 'state', 'logs', 'andond.log'), 'utf8');
    rmSync(this.#folder, { recursive: true, force: true });
    this.#started = undefined;
    const internal = log.split('\n').filter((line) => line.includes('internal error'));
    assert.deepEqual(internal, [], 'the daemon noted errors of its own');
  }
}

function framesFrom(socket: Socket, bytes: Uint8Array, isEnough?: (frames: readonly Frame[]) => boolean): Promise<readonly Frame[]> {
  return new Promise((resolve) => {
    const frames: Frame[] = [];
    let rest = '';
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      const whole = (rest + text).split(FRAME_END);
      rest = whole.pop() ?? '';
      for (const frame of whole) frames.push(JSON.parse(frame));
      if (isEnough?.(frames)) resolve(frames);
    });
    socket.on('error', () => resolve(frames));
    socket.on('close', () => resolve(frames));
    if (isEnough) socket.write(bytes);
    else socket.end(bytes);
  });
}

async function withinLimit<T>(promise: Promise<T>, complaint: () => string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(complaint())), LOST_AFTER_MS);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
