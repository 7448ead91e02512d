import { createConnection, type Socket } from 'node:net';
import { FRAME_END, MAX_FRAME_BYTES } from '@andon/protocol/limits';

export interface FrameListener {
  onFrame(type: string, data: unknown): void;
  /** Once and last. */
  onClosed(): void;
}
export interface FrameSocket {
  send(type: string, data: unknown): void;
  destroy(): void;
  readonly closed: boolean;
}

/**
 * The frames of the control socket over `node:net` alone. `connectFrames` of @andon/protocol/node speaks the same and brings
 * node-ipc, whose TLS and datagram parts cost a short command a quarter of its time (bench: `andon status`).
 * Rejects with the socket's own error when nothing listens at `path`.
 */
export function connectSocket(path: string, listener: FrameListener): Promise<FrameSocket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path });
    socket.setEncoding('utf8');
    socket.once('connect', () => resolve(frameSocket(socket)));
    // After the connection has stood, an error is only the reason of the close that follows.
    socket.on('error', reject);
    socket.on('data', splitFrames(socket, listener));
    socket.once('close', () => listener.onClosed());
  });
}

function frameSocket(socket: Socket): FrameSocket {
  return {
    send: (type, data) => void socket.write(`${JSON.stringify({ type, data })}${FRAME_END}`),
    destroy: () => void socket.destroy(),
    get closed() {
      return socket.destroyed || !socket.writable;
    },
  };
}

/** Cuts what arrives at the form feeds. What is no frame, or longer than one may be, ends the connection. */
function splitFrames(socket: Socket, listener: FrameListener): (text: string) => void {
  let held = '';
  return (text) => {
    const pieces = (held + text).split(FRAME_END);
    held = pieces.pop() ?? '';
    if (held.length > MAX_FRAME_BYTES) socket.destroy();
    for (const piece of pieces) {
      if (socket.destroyed) return;
      const frame = parseFrame(piece);
      if (frame) listener.onFrame(frame.type, frame.data);
      else socket.destroy();
    }
  };
}

function parseFrame(text: string): { readonly type: string; readonly data: unknown } | null {
  try {
    const frame: unknown = JSON.parse(text);
    if (typeof frame !== 'object' || frame === null || !('type' in frame) || typeof frame.type !== 'string') return null;
    return { type: frame.type, data: 'data' in frame ? frame.data : undefined };
  } catch {
    return null;
  }
}
