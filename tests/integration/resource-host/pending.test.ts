import { describe, expect, test } from 'vitest';
import { connectedHost, journalOf, release } from './host-test.ts';

const PENDING = { ok: true, result: { pending: true } };

describe('an online or offline that takes long', () => {
  test('is answered pending, and ends with a status report that carries the event handle', async () => {
    const { player } = await connectedHost();
    await player.open('a', 'scripted');
    expect(await player.online('a', 1, { online: 'gate', offline: 'gate' })).toMatchObject(PENDING);
    await release(player, 'online a');
    expect(await player.statusReport('online')).toEqual({
      operationId: 'a@1/online',
      checkpoint: 1,
      state: 'online',
      eventHandle: player.eventHandle,
    });
    expect(await player.offline('a', 1)).toMatchObject(PENDING);
    await release(player, 'offline a');
    expect(await player.statusReport('offline')).toMatchObject({ operationId: 'a@1/offline' });
  });

  test('may end with a poll contract', async () => {
    const { player } = await connectedHost();
    await player.open('a', 'scripted');
    expect(await player.online('a', 1, { online: 'gatePoll' })).toMatchObject(PENDING);
    await release(player, 'online a');
    const report = await player.statusReport('online');
    expect(report).toMatchObject({ looksAliveMs: 1_000, isAliveMs: 2_000 });
    expect(report).not.toHaveProperty('eventHandle');
  });

  test('a status report makes it pending at once; of several only the newest waits', async () => {
    const { player } = await connectedHost();
    await player.open('a', 'reporting');
    expect(await player.online('a', 1)).toMatchObject(PENDING);
    expect(await player.statusReport('onlinePending')).toMatchObject({ checkpoint: 3, text: 'nearly' });
    await release(player, 'online a');
    expect(await player.statusReport('online')).toMatchObject({ checkpoint: 4 });
    expect(await journalOf(player)).toEqual(['answers continue continue continue']);
  });

  test('gives up when a status report is answered terminate', async () => {
    const { player } = await connectedHost();
    player.reportAnswer = 'terminate';
    await player.open('a', 'reporting');
    expect(await player.online('a', 1)).toMatchObject(PENDING);
    expect(await player.statusReport('failed')).toMatchObject({ text: expect.stringContaining('terminate') });
    expect(await player.terminate('a', 1)).toMatchObject({ ok: true });
  });

  test('gives up when it is cancelled', async () => {
    const { player } = await connectedHost();
    await player.open('a', 'scripted');
    expect(await player.online('a', 1, { online: 'gate' })).toMatchObject(PENDING);
    player.send('notify', { method: 'cancel', params: { id: 'a@1/online', reason: 'the deadline passed' } });
    expect(await player.statusReport('failed')).toMatchObject({ text: 'the deadline passed' });
  });

  test('a repeat of its id is answered pending, and then from memory', async () => {
    const { player } = await connectedHost();
    await player.open('a', 'scripted');
    expect(await player.online('a', 1, { online: 'gate' })).toMatchObject(PENDING);
    expect(await player.online('a', 1, { online: 'gate' })).toMatchObject(PENDING);
    expect(await player.offline('a', 1)).toMatchObject({ ok: false, error: { code: 'invalidState' } });
    await release(player, 'online a');
    await player.statusReport('online');
    expect(await player.online('a', 1)).toMatchObject({ result: { contract: 'event' } });
    expect(await journalOf(player)).toEqual(['open a', 'online a@1 #1', 'online of a done']);
  });
});

describe('terminate', () => {
  test('overlaps an online that was not answered yet, which is then cancelled', async () => {
    const { player } = await connectedHost();
    await player.open('a', 'scripted');
    const online = player.online('a', 1, { online: 'gate' });
    expect(await player.terminate('a', 1)).toMatchObject({ ok: true });
    expect(await online).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    expect(await journalOf(player)).toEqual(['open a', 'online a@1 #1', 'signal of a@1', 'online a aborted', 'terminate a@1']);
  });

  test('waits for a deaf online, cleans up after it again, and no report follows', async () => {
    const { player } = await connectedHost();
    await player.open('a', 'scripted');
    expect(await player.online('a', 1, { online: 'deafGate' })).toMatchObject(PENDING);
    const terminate = player.terminate('a', 1);
    const next = player.online('a', 2);
    await release(player, 'online a');
    expect(await terminate).toMatchObject({ ok: true });
    expect(await next).toMatchObject({ ok: true });
    expect(await journalOf(player)).toEqual([
      'open a',
      'online a@1 #1',
      'signal of a@1',
      'online a aborted',
      'terminate a@1',
      'online of a done',
      'terminate a@1',
      'online a@2 #2',
      'online of a done',
    ]);
    expect(player.requests.peek()).toEqual([]);
  });

  test('overtakes an offline, and a repeat of it joins the one that runs', async () => {
    const { player } = await connectedHost();
    await player.open('a', 'scripted');
    await player.online('a', 1, { offline: 'gate', terminate: 'gate' });
    expect(await player.offline('a', 1)).toMatchObject(PENDING);
    const terminates = [player.terminate('a', 1), player.terminate('a', 1)];
    await release(player, 'terminate a');
    for (const answer of await Promise.all(terminates)) expect(answer).toMatchObject({ ok: true });
    const journal = await journalOf(player);
    expect(journal.filter((line) => line === 'terminate a@1')).toHaveLength(1);
    expect(journal).toContain('offline a aborted');
  });
});
