import { existsSync, linkSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { connectFrames, serveFrames } from '@andon/protocol/node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { closing, frame, rawSocket, Recorder, startServer, type TestServer } from './frames.ts';

let host: TestServer;
beforeEach(async () => {
  host = await startServer();
});
afterEach(() => host.stop());

describe('a slow reader', () => {
  const BURST = 20_000;
  const text = 'x'.repeat(1_000);

  // D-2
  test('gets a burst of 20,000 frames in order and keeps its connection', async () => {
    const socket = await rawSocket(host.path);
    socket.pause();
    const [peer] = await host.peers.first(1);
    for (let n = 0; n < BURST; n++) peer?.connection.send('request', { n, text });
    expect(peer?.connection.backlogBytes).toBeGreaterThan(10_000_000);
    expect(peer?.connection.closed).toBe(false);

    let next = 0;
    let held = '';
    await new Promise<void>((resolve) => {
      socket
        .setEncoding('utf8')
        .resume()
        .on('data', (chunk: string) => {
          const pieces = (held + chunk).split('\f');
          held = pieces.pop() ?? '';
          for (const piece of pieces) if (JSON.parse(piece).data.n === next) next++;
          if (next === BURST) resolve();
        });
    });
    expect(held).toBe('');
    expect(peer?.connection.backlogBytes).toBe(0);
    expect(host.troubles.all).toEqual([]);
    socket.destroy();
  });

  test('gets frames that are sent while others still wait behind those', async () => {
    const heard = new Recorder();
    const connection = await connectFrames(host.path, () => heard);
    const [peer] = await host.peers.first(1);
    // Of many sizes, so that the socket is now above and now below the length at which frames queue.
    const sizes = [200_000, 10, 100_000, 1_000];
    for (let n = 0; n < 2_000; n++) {
      peer?.connection.send('request', { n, text: 'x'.repeat(sizes[n % 4] ?? 0) });
      if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const order = (await heard.frames.first(2_000)).map(({ data }) => z.object({ n: z.int() }).parse(data).n);
    expect(order).toEqual(Array.from({ length: 2_000 }, (_, n) => n));
    connection.destroy();
  });

  test('gets what was queued before end(), then the end', async () => {
    const socket = await rawSocket(host.path);
    socket.pause();
    const [peer] = await host.peers.first(1);
    for (let n = 0; n < BURST; n++) peer?.connection.send('request', { n, text });
    peer?.connection.end();
    expect(peer?.connection.closed).toBe(true);
    peer?.connection.send('request', 'too late');

    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk);
    const frames = Buffer.concat(chunks).toString().split('\f');
    expect(frames).toHaveLength(BURST + 1);
    expect(JSON.parse(frames[BURST - 1] ?? '').data.n).toBe(BURST - 1);
    await peer?.heard.closed.first(1);
  });

  test('that never reads is given up by destroy()', async () => {
    const socket = await rawSocket(host.path);
    socket.pause();
    const [peer] = await host.peers.first(1);
    for (let n = 0; n < BURST; n++) peer?.connection.send('request', { n, text });
    peer?.connection.end();
    peer?.connection.destroy();
    await peer?.heard.closed.first(1);
    expect(peer?.heard.closed.all).toHaveLength(1);
    socket.destroy();
  });

  test('gets frames as they were when they were sent', async () => {
    const heard = new Recorder();
    const connection = await connectFrames(host.path, () => heard);
    const [peer] = await host.peers.first(1);
    const data = { n: 0, text };
    for (data.n = 0; data.n < 2_000; data.n++) peer?.connection.send('request', data);
    expect((await heard.frames.first(2_000)).map((entry) => entry.data)).toEqual(Array.from({ length: 2_000 }, (_, n) => ({ n, text })));
    connection.destroy();
  });
});

describe('the end of a connection', () => {
  test('is heard once by both sides, and sending afterwards does nothing', async () => {
    const heard = new Recorder();
    const connection = await connectFrames(host.path, () => heard);
    const [peer] = await host.peers.first(1);
    host.server.close();
    await Promise.all([heard.closed.first(1), peer?.heard.closed.first(1)]);
    connection.send('request', 1);
    peer?.connection.send('request', 1);
    expect([connection.closed, peer?.connection.closed]).toEqual([true, true]);
    expect([heard.closed.all.length, peer?.heard.closed.all.length]).toEqual([1, 1]);
    expect(existsSync(host.path)).toBe(false);
  });

  test('by destroy() inside a handler is the end of frames too', async () => {
    await host.stop();
    host = await startServer((connection, heard) => ({
      onFrame(type, data) {
        heard.onFrame(type, data);
        connection.destroy();
      },
      onClosed: () => heard.onClosed(),
    }));
    const socket = await rawSocket(host.path);
    const [peer] = await host.peers.first(1);
    socket.write(Buffer.concat([frame('request', 1), frame('request', 2)]));
    await closing(socket);
    await peer?.heard.closed.first(1);
    expect(peer?.heard.frames.all.map(({ data }) => data)).toEqual([1]);
  });
});

describe('the socket', () => {
  test('has the permission bits it was asked for', () => {
    expect(statSync(host.path).mode & 0o777).toBe(0o600);
  });

  test('of a living server is not taken over', async () => {
    const second = serveFrames({
      path: host.path,
      mode: 0o600,
      accept: () => new Recorder(),
      onTrouble: () => undefined,
    });
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const connection = await connectFrames(host.path, () => new Recorder());
    connection.destroy();
  });

  test('that nothing listens on is refused at once, and a missing one too', async () => {
    await expect(connectFrames(`${host.path}-none`, () => new Recorder())).rejects.toMatchObject({
      code: 'ENOENT',
    });
    // A killed server leaves its socket behind: what is left when the listening descriptor goes without unlink.
    const stale = `${host.path}-stale`;
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(stale, resolve));
    linkSync(stale, `${stale}-left`);
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await expect(connectFrames(`${stale}-left`, () => new Recorder())).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  test('in a folder that is not there, or on too long a path, is an error', async () => {
    const options = { mode: 0o600, accept: () => new Recorder(), onTrouble: () => undefined };
    await expect(serveFrames({ ...options, path: '/nowhere/at/all/socket' })).rejects.toMatchObject({
      code: 'EACCES',
    });
    await expect(serveFrames({ ...options, path: `${host.path}${'x'.repeat(200)}` })).rejects.toMatchObject({
      code: 'EINVAL',
    });
  });

  test('whose permissions cannot be set is closed again', async () => {
    await expect(
      serveFrames({
        path: `${host.path}-2`,
        mode: Number.NaN,
        accept: () => new Recorder(),
        onTrouble: () => undefined,
      }),
    ).rejects.toThrow(/mode/);
    expect(existsSync(`${host.path}-2`)).toBe(false);
  });
});
