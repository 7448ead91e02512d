import { constants, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { connectedHost, fixture, servingPlayer } from './host-test.ts';
import type { DaemonPlayer } from './daemon-player.ts';

function fail(player: DaemonPlayer, resourceId: string, reason: string): Promise<unknown> {
  return player.call('resourceControl', { resourceId, code: 'fail', input: reason });
}

describe('fail(reason)', () => {
  test('writes a record at once, and again after 2 and 4 s until terminate comes', async () => {
    const { player } = await connectedHost();
    for (const name of ['a', 'b']) {
      await player.open(name, 'scripted');
      await player.online(name, 7);
    }
    await fail(player, 'a', 'the disk is gone');
    const record = { kind: 'record', resource: 'a', incarnation: 7, reason: 'the disk is gone' };
    expect(await player.records.take()).toEqual(record);
    await fail(player, 'a', 'a second reason changes nothing');
    const firstAt = performance.now();
    expect(await player.records.take()).toEqual(record);
    expect(performance.now() - firstAt).toBeGreaterThan(1_500);
    expect(await player.terminate('a', 7)).toMatchObject({ ok: true });
    // The next record of a would come 4 s after its second; the third of b comes 6 s after its first.
    await fail(player, 'b', 'me too');
    for (let count = 0; count < 3; count++) expect(await player.records.take()).toMatchObject({ resource: 'b' });
  });

  test('stops when the daemon dismisses the record, and may fail again', async () => {
    const { player } = await connectedHost();
    await player.open('a', 'scripted');
    await player.online('a', 1);
    await fail(player, 'a', 'it seemed so');
    await player.records.take();
    player.send('notify', {
      method: 'recordDismissed',
      params: { resourceId: 'a', incarnation: 1, reason: 'alive' },
    });
    await fail(player, 'a', 'now really');
    expect(await player.records.take()).toMatchObject({ reason: 'now really' });
  });

  test('before online has returned is a record of that incarnation', async () => {
    const { player } = await connectedHost();
    await player.open('a', 'scripted');
    expect(await player.online('a', 3, { online: 'failing' })).toMatchObject({ ok: true });
    expect(await player.records.take()).toMatchObject({
      resource: 'a',
      incarnation: 3,
      reason: 'broke at once',
    });
    expect(await player.result('looksAlive', { resourceId: 'a', incarnation: 3 })).toMatchObject({
      alive: false,
    });
  });

  test('of a resource that was never online is a clear error', async () => {
    const { player } = await connectedHost();
    await player.open('a', 'scripted');
    expect(await fail(player, 'a', 'too early')).toMatchObject({ ok: false, error: { code: 'invalidState' } });
    expect(player.records.peek()).toEqual([]);
  });

  test('of an incarnation that has ended does nothing: its end breaks what it watches, and that is no failure', async () => {
    const { player } = await connectedHost();
    await player.open('a', 'scripted');
    await player.online('a', 1);
    await player.terminate('a', 1);
    expect(await fail(player, 'a', 'too late')).toMatchObject({ ok: true });
    expect(player.records.peek()).toEqual([]);
  });

  test('survives an author whose callback throws: that resource fails, the host lives', async () => {
    const { player } = await connectedHost();
    await player.open('a', 'scripted');
    await player.online('a', 1);
    await player.result('resourceControl', { resourceId: 'a', code: 'throwLater' });
    expect(await player.records.take()).toMatchObject({
      resource: 'a',
      reason: 'its host caught: stray rejection',
    });
    expect(await player.notifications.take()).toMatchObject({
      method: 'log',
      params: { level: 'error', resourceId: 'a' },
    });
    expect(await player.result('ping', {})).toEqual({});
  });
});

describe('the event handle', () => {
  test('is written through the inherited descriptor when its path is gone, and no file appears', async () => {
    const { player } = await connectedHost();
    await player.open('a', 'scripted');
    await player.online('a', 1);
    renameSync(player.eventHandle, `${player.eventHandle}.away`);
    await fail(player, 'a', 'unseen path');
    expect(await player.records.take()).toMatchObject({ reason: 'unseen path' });
    expect(() => openSync(player.eventHandle, constants.O_RDONLY)).toThrow('ENOENT');
  });

  test('that is full blocks nobody, and the record follows when there is room', async () => {
    const player = await servingPlayer();
    player.startHost(fixture('scripted.ts'));
    await player.hellos.take();
    const pipe = openSync(player.eventHandle, constants.O_RDWR | constants.O_NONBLOCK);
    expect(() => {
      for (;;) writeSync(pipe, `${'x'.repeat(4_095)}\n`);
    }).toThrow('EAGAIN');
    await player.open('a', 'scripted');
    await player.online('a', 1);
    await fail(player, 'a', 'in spite of the crowd');
    expect(await player.result('ping', {})).toEqual({});
    const garbage = Buffer.alloc(65_536);
    expect(readSync(pipe, garbage)).toBeGreaterThan(0);
    player.readPipe({ tolerant: true });
    // Sooner than the record would be written again anyway.
    expect(await player.records.take(undefined, 1_000)).toMatchObject({ reason: 'in spite of the crowd' });
  });
});
