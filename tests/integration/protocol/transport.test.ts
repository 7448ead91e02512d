import { MAX_FRAME_BYTES } from '@andon/protocol';
import { connectFrames } from '@andon/protocol/node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { closing, frame, rawSocket, Recorder, startServer, type TestServer } from './frames.ts';

let host: TestServer;
beforeEach(async () => {
  host = await startServer();
});
afterEach(() => host.stop());

describe('frames', () => {
  test('arrive whole when a chunk holds many of them and when each byte comes alone', async () => {
    const socket = await rawSocket(host.path);
    const [peer] = await host.peers.first(1);
    socket.write(Buffer.concat([frame('request', 1), frame('request', 'ä€😀'), frame('request', [3])]));
    expect(await peer?.heard.frames.first(3)).toEqual([1, 'ä€😀', [3]].map((data) => ({ type: 'request', data })));

    socket.setNoDelay(true);
    for (const byte of frame('notify', { text: 'ä€😀' })) {
      await new Promise<void>((resolve) => socket.write(Uint8Array.of(byte), () => resolve()));
    }
    expect((await peer?.heard.frames.first(4))?.at(-1)).toEqual({ type: 'notify', data: { text: 'ä€😀' } });
    socket.destroy();
  });

  test('may have white space between their parts, and no data', async () => {
    const socket = await rawSocket(host.path);
    const [peer] = await host.peers.first(1);
    socket.write('\r\n { "type" : "notify" }\r\n\f');
    expect(await peer?.heard.frames.first(1)).toEqual([{ type: 'notify', data: undefined }]);
    socket.destroy();
  });

  // D-1
  test.each([
    ['2 MiB', Buffer.from(`{"type":"hello","data":"${'x'.repeat(2 * MAX_FRAME_BYTES)}"}\f`)],
    ['one byte too many without an end', Buffer.from(`{"type":"hello","data":"${'x'.repeat(MAX_FRAME_BYTES)}`)],
    ['no JSON', Buffer.from('{"type":\f')],
    ['JSON, but no object', Buffer.from('null\f')],
    ['a type that is a number', Buffer.from('{"type":5}\f')],
    ...['start', 'connect', 'disconnect', 'destroy', 'close', 'socket.disconnected', 'error', 'data', '__proto__', 'toString', ''].map(
      (type): [string, Buffer] => [`the reserved type "${type}"`, frame(type, {})],
    ),
  ])('of %s cost their own connection and no other', async (_what, bytes) => {
    const other = await rawSocket(host.path);
    const offender = await rawSocket(host.path);
    const [healthy, refused] = await host.peers.first(2);
    const closed = closing(offender);
    offender.write(bytes);
    await closed;
    await refused?.heard.closed.first(1);
    expect(refused?.heard.frames.all).toEqual([]);
    expect(host.troubles.all.length).toBeGreaterThan(0);

    other.write(frame('request', 'still here'));
    expect(await healthy?.heard.frames.first(1)).toEqual([{ type: 'request', data: 'still here' }]);
    other.destroy();
  });

  test('of exactly the limit pass both ways', async () => {
    const heard = new Recorder();
    const connection = await connectFrames(host.path, () => heard);
    const [peer] = await host.peers.first(1);
    const data = 'x'.repeat(MAX_FRAME_BYTES - '{"type":"request","data":""}'.length);
    connection.send('request', data);
    expect((await peer?.heard.frames.first(1))?.[0]?.data).toBe(data);
    peer?.connection.send('request', data);
    expect((await heard.frames.first(1))[0]?.data).toBe(data);
    expect(() => connection.send('request', `${data}x`)).toThrow(/maxMessageSize/);
    expect(connection.closed).toBe(false);
    connection.destroy();
  });
});

describe('a listener that throws', () => {
  test('loses no other frame, and the server hears of it', async () => {
    await host.stop();
    host = await startServer((_connection, heard) => ({
      onFrame(type, data) {
        heard.onFrame(type, data);
        if (data === 2) throw new Error('planted');
      },
      onClosed: () => heard.onClosed(),
    }));
    const socket = await rawSocket(host.path);
    const [peer] = await host.peers.first(1);
    socket.write(Buffer.concat([frame('request', 1), frame('request', 2), frame('request', 3), Buffer.from('{"type":"req')]));
    socket.write('uest","data":4}\f');
    expect((await peer?.heard.frames.first(4))?.map(({ data }) => data)).toEqual([1, 2, 3, 4]);
    expect(host.troubles.all.map(({ message }) => message)).toEqual(['planted']);
    socket.destroy();
  });

  test('at accept closes that connection', async () => {
    await host.stop();
    host = await startServer(() => {
      throw new Error('planted');
    });
    await closing(await rawSocket(host.path));
    expect(host.troubles.all.map(({ message }) => message)).toEqual(['planted']);
  });

  test('on the client side is an uncaught exception, after the frames that came with it', async () => {
    const caught: unknown[] = [];
    const before = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => caught.push(error));
    try {
      const heard = new Recorder();
      const connection = await connectFrames(host.path, () => ({
        onFrame(type, data) {
          heard.onFrame(type, data);
          if (data === 1) throw new Error('planted');
        },
        onClosed: () => heard.onClosed(),
      }));
      const [peer] = await host.peers.first(1);
      for (const data of [1, 2, 3]) peer?.connection.send('request', data);
      expect((await heard.frames.first(3)).map(({ data }) => data)).toEqual([1, 2, 3]);
      expect(caught).toEqual([new Error('planted')]);
      connection.destroy();
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of before) process.on('uncaughtException', listener);
    }
  });
});
