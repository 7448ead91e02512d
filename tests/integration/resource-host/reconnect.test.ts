import { describe, expect, test } from 'vitest';
import { type DaemonPlayer, type HostRun, TOKEN } from './daemon-player.ts';
import { connectedHost, fixture, journalOf, release, servingPlayer } from './host-test.ts';

describe('a host whose daemon went away', () => {
  test('comes back by itself and tells the truth about its resources', async () => {
    const { player, host } = await connectedHost();
    for (const name of ['opened', 'online', 'failed', 'off', 'ended', 'slow', 'polled']) await player.open(name, 'scripted');
    await player.online('online', 3);
    await player.online('polled', 1, { online: 'poll' });
    await player.online('failed', 4);
    await player.call('resourceControl', { resourceId: 'failed', code: 'fail', input: 'broken' });
    await player.online('off', 5);
    await player.offline('off', 5);
    await player.online('ended', 6);
    await player.terminate('ended', 6);
    await player.online('slow', 7, { online: 'gate' });
    player.stop();
    await player.serve();
    const hello = await player.hellos.take();
    expect(hello).toMatchObject({
      protocols: ['andon/1'],
      token: TOKEN,
      hostId: 'host-1',
      pid: host.process.pid,
      concurrency: 'perResource',
      capabilities: { remembersResults: true },
      resourceCount: 7,
    });
    const lastOp = (id: string): object => ({ lastOp: { id, ok: true } });
    expect(hello.resources).toEqual([
      { id: 'opened', incarnation: 0, state: 'Offline' },
      { id: 'online', incarnation: 3, state: 'Online', contract: 'event', ...lastOp('online@3/online') },
      { id: 'failed', incarnation: 4, state: 'Failed', failed: true, ...lastOp('failed@4/online') },
      { id: 'off', incarnation: 5, state: 'Offline', ...lastOp('off@5/offline') },
      { id: 'ended', incarnation: 6, state: 'Failed', ...lastOp('ended@6/terminate') },
      { id: 'slow', incarnation: 7, state: 'OnlinePending' },
      { id: 'polled', incarnation: 1, state: 'Online', contract: 'poll', ...lastOp('polled@1/online') },
    ]);
  });

  test('goes on with what was pending, and answers the same id from memory', async () => {
    const { player } = await connectedHost();
    await player.open('a', 'scripted');
    await player.open('b', 'scripted');
    await player.online('a', 1, { online: 'gate' });
    player.disconnect();
    await player.hellos.take();
    expect(await player.online('a', 1)).toMatchObject({ result: { pending: true } });
    await release(player, 'online a');
    expect(await player.statusReport('online')).toMatchObject({ operationId: 'a@1/online' });
    player.disconnect();
    await player.hellos.take();
    expect(await player.online('a', 1)).toMatchObject({ result: { contract: 'event' } });
    expect((await journalOf(player)).filter((line) => line.startsWith('online a'))).toEqual(['online a@1 #1']);
  });

  test('R-4: tells again how a pended operation ended if nobody has answered that', async () => {
    const { player } = await connectedHost();
    for (const name of ['ended', 'away', 'overtaken']) await player.open(name, 'scripted');
    player.reportAnswer = null;
    await player.online('ended', 1, { online: 'gate' });
    await player.online('away', 1, { online: 'gate' });
    await player.online('overtaken', 1, { online: 'gate' });
    await release(player, 'online ended');
    await release(player, 'online overtaken');
    for (const _ of ['ended', 'overtaken']) await player.statusReport('online');
    await player.terminate('overtaken', 1);
    player.reportAnswer = 'continue';
    player.disconnect();
    await player.hellos.take();
    const again = await player.statusReport('online');
    expect(again).toMatchObject({ operationId: 'ended@1/online', checkpoint: 1, eventHandle: player.eventHandle });
    await release(player, 'online away');
    // Nothing else was told in between, and nothing is told twice.
    expect(await player.statusReport('online')).toMatchObject({ operationId: 'away@1/online' });
  });

  test('gives up polls and controls that nobody can hear any more', async () => {
    const { player } = await connectedHost();
    await player.open('a', 'scripted');
    await player.online('a', 1, { isAlive: 'gate' });
    player.post('isAlive', { resourceId: 'a', incarnation: 1 });
    expect(await player.result('ping', {})).toEqual({});
    player.disconnect();
    await player.hellos.take();
    expect(await player.result('looksAlive', { resourceId: 'a', incarnation: 1 })).toEqual({ alive: true });
    expect(await journalOf(player)).toContain('isAlive a aborted');
  });

  test('tells the values in memory again', async () => {
    const { player } = await connectedHost();
    await player.open('a', 'scripted');
    await player.result('resourceControl', { resourceId: 'a', code: 'setProperties', input: 'fine' });
    const values = { method: 'setProperties', params: { resourceId: 'a', statusText: 'fine', data1: 7 } };
    expect(await player.requests.take()).toMatchObject(values);
    player.disconnect();
    await player.hellos.take();
    expect(await player.requests.take()).toMatchObject(values);
  });

  test('announces more resources than fit into a hello in further frames', async () => {
    const { player } = await connectedHost();
    const names = Array.from({ length: 2_500 }, (_, index) => `${'long-'.repeat(24)}${index}`);
    await Promise.all(names.map((name) => player.open(name, 'scripted')));
    player.disconnect();
    const hello = await player.hellos.take();
    expect(hello.resourceCount).toBe(2_500);
    const found = hello.resources.map((resource) => resource.id);
    expect(Buffer.byteLength(JSON.stringify(hello.resources))).toBeLessThanOrEqual(256 * 1024);
    expect(found.length).toBeLessThan(2_500);
    while (found.length < 2_500) {
      const piece = await player.announced.take();
      expect(Buffer.byteLength(JSON.stringify(piece))).toBeLessThanOrEqual(256 * 1024);
      found.push(...piece.map((resource) => resource.id));
    }
    expect(found).toEqual(names);
  });

  test('takes its resources offline in reverse order after the orphan period, and ends', async () => {
    const { player, host } = await connectedHost(fixture('orphan.ts'), { orphanPeriodMs: 300 });
    for (const name of ['first', 'second', 'stubborn', 'never']) await player.open(name, 'orphan');
    for (const name of ['second', 'stubborn', 'first']) await player.online(name, 1);
    player.stop();
    expect(await host.exited).toBe(0);
    const lines = player
      .hostLog()
      .split('\n')
      .filter((line) => line.startsWith('orphan:'));
    expect(lines).toEqual(['orphan: offline first', 'orphan: offline stubborn', 'orphan: terminate stubborn', 'orphan: offline second']);
  });
});

describe('a host ends', () => {
  test('when the daemon says goodbye for shutdown', async () => {
    const { player, host } = await connectedHost();
    player.send('goodbye', { code: 'shutdown', message: 'andon is stopping', supported: [] });
    expect(await host.exited).toBe(0);
  });

  test.each([
    ['SIGTERM', (_: DaemonPlayer, host: HostRun) => void host.process.kill('SIGTERM')],
    ['the goodbye shutdown', (player: DaemonPlayer) => player.send('goodbye', { code: 'shutdown', message: 'stopping', supported: [] })],
  ])('on %s, when what is online is offline, in reverse order', async (_, tell) => {
    const { player, host } = await connectedHost(fixture('orphan.ts'));
    for (const name of ['first', 'second']) {
      await player.open(name, 'orphan');
      await player.online(name, 1);
    }
    tell(player, host);
    expect(await host.exited).toBe(0);
    const lines = player
      .hostLog()
      .split('\n')
      .filter((line) => line.startsWith('orphan:'));
    expect(lines).toEqual(['orphan: offline second', 'orphan: offline first']);
  });

  test('when the daemon refuses it from the start, with the reason', async () => {
    const player = await servingPlayer();
    player.greet = () => ({
      type: 'goodbye',
      data: { code: 'unauthorized', message: 'wrong token', supported: [] },
    });
    const host = player.startHost(fixture('scripted.ts'));
    expect(await host.exited).toBe(77);
    expect(player.hostLog()).toContain('unauthorized: wrong token');
  });

  test('but not when a later daemon refuses it: another may come', async () => {
    const { player } = await connectedHost();
    const { greet } = player;
    player.greet = () => ({
      type: 'goodbye',
      data: { code: 'unauthorized', message: 'who?', supported: [] },
    });
    player.stop();
    await player.serve();
    await player.hellos.take();
    player.greet = greet;
    player.disconnect();
    await player.hellos.take();
    expect(await player.result('ping', {})).toEqual({});
  });
});
