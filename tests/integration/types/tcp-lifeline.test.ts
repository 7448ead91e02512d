import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { freePort, listening } from '../../support/servers.ts';
import { Mailbox } from '../resource-host/mailbox.ts';
import { isAlive, online, opened } from './host-of.ts';

describe('online', () => {
  test('connects, and keeps the connection', async () => {
    const server = await listening(() => {});
    const player = await online('tcp-lifeline', { port: server.port });
    expect(server.sockets.size).toBe(1);
    expect(await isAlive(player)).toEqual({ alive: true });
    await player.offlineAtLast('it', 1);
    expect(player.records.peek()).toEqual([]);
  });

  test('waits for a service that is about to listen', async () => {
    const port = await freePort();
    const player = await opened('tcp-lifeline', { port });
    expect(await player.online('it', 1, { port })).toMatchObject({ result: { pending: true } });
    await listening(() => {}, port);
    await player.statusReport('online');
  });

  test.each([
    [{ onlineTimeoutMs: 0 }, /^127\.0\.0\.1:\d+ does not answer: connect ECONNREFUSED/],
    [{ onlineTimeoutMs: 0, path: '/no/such/socket', port: undefined }, /^\/no\/such\/socket does not answer: connect ENOENT/],
  ])('fails with the reason: %j', async (properties, reason) => {
    const all = { port: await freePort(), ...properties };
    const player = await opened('tcp-lifeline', all);
    expect(await player.onlineFailure('it', 1, all)).toMatch(reason);
  });

  test.each([
    ['+PONG\r\n', undefined],
    ['-NOAUTH\r\n', /does not answer: it answered "-NOAUTH\\r\\n", which does not match \^\\\+PONG$/],
    ['', /does not answer: no answer within 200 ms$/],
  ])('asks, and expects an answer: %j', async (answer, refusal) => {
    const server = await listening((socket) => socket.on('data', (bytes) => socket.write(String(bytes) === 'PING\r\n' ? answer : '?')));
    const properties = { port: server.port, send: 'PING\r\n', expect: '^\\+PONG', answerTimeoutMs: 200, onlineTimeoutMs: 0 };
    const player = await opened('tcp-lifeline', properties);
    if (refusal) expect(await player.onlineFailure('it', 1, properties)).toMatch(refusal);
    else await player.onlineAtLast('it', 1, properties);
  });

  test('asks in bytes that are no text', async () => {
    // The request of PostgreSQL for TLS.
    const request = '0000000804d2162f';
    const server = await listening((socket) => socket.on('data', (bytes) => socket.write(bytes.toString('hex') === request ? 'N' : '?')));
    await online('tcp-lifeline', { port: server.port, sendHex: request, expect: '^[SN]$' });
  });

  test.each([
    [{}, 'set either port or path'],
    [{ port: 1, path: '/x' }, 'set either port or path'],
    [{ port: 1, send: 'a', sendHex: '00' }, 'set either send or sendHex'],
    [{ port: 1, expect: '(' }, 'expect: is not a regular expression'],
  ])('is not opened with %j', async (properties, problem) => {
    await expect(opened('tcp-lifeline', properties)).rejects.toThrow(problem);
  });
});

describe('a lost connection', () => {
  test('is a failure at once when nobody listens any more', async () => {
    const server = await listening(() => {});
    const player = await online('tcp-lifeline', { port: server.port });
    server.closeListener();
    server.hangUp();
    expect(await player.records.take()).toMatchObject({
      resource: 'it',
      incarnation: 1,
      reason: expect.stringMatching(/^the connection to 127\.0\.0\.1:\d+ was lost \(.+\), and there is no new one: connect ECONNREFUSED/),
    });
    expect(await player.terminate('it', 1)).toMatchObject({ ok: true });
  });

  test('is none while a new one can be had: idle servers hang up', async () => {
    const connections = new Mailbox<Socket>('connection');
    const server = await listening((socket) => connections.push(socket));
    const player = await online('tcp-lifeline', { port: server.port });
    for (let round = 0; round < 3; round++) (await connections.take()).destroy();
    await connections.take();
    server.closeListener();
    server.hangUp();
    // An incarnation tells of its first failure only.
    expect((await player.records.take()).reason).toContain('ECONNREFUSED');
  });

  test('is a failure after the window when connections are taken and not kept, as a proxy does whose service is gone', async () => {
    let isKept = true;
    const server = await listening((socket) => isKept || socket.end());
    const player = await online('tcp-lifeline', { port: server.port, reconnectWindowMs: 300 });
    isKept = false;
    server.hangUp();
    expect((await player.records.take()).reason).toContain('there is no new one: it takes connections and hangs up');
  });

  test('is a failure after the window when a new one is not answered', async () => {
    let isAnswered = true;
    const server = await listening((socket) => isAnswered && socket.write('hello'));
    const player = await online('tcp-lifeline', { port: server.port, expect: '^hello', reconnectWindowMs: 300 });
    isAnswered = false;
    server.hangUp();
    expect((await player.records.take()).reason).toContain('there is no new one: no answer within 300 ms');
  });

  test('is nobody’s business any more after offline', async () => {
    const server = await listening(() => {});
    const player = await online('tcp-lifeline', { port: server.port });
    const [socket] = server.sockets;
    await player.offlineAtLast('it', 1);
    if (socket && !socket.closed) await once(socket, 'close');
    server.closeListener();
    await player.onlineFailure('it', 2, { port: server.port, onlineTimeoutMs: 0 });
    expect(player.records.peek()).toEqual([]);
  });
});

test('isAlive finds a closed listener behind a connection that stands', async () => {
  const server = await listening(() => {});
  const player = await online('tcp-lifeline', { port: server.port });
  server.closeListener();
  expect(await isAlive(player)).toEqual({ alive: false, reason: expect.stringContaining('ECONNREFUSED') });
  expect(player.records.peek()).toEqual([]);
});
