import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Response } from '@andon/protocol';
import { describe, expect, test } from 'vitest';
import { applications } from './applications.ts';
import type { DaemonPlayer } from './daemon-player.ts';
import { openedScript } from './scripts.ts';

const WEB_1 = { resourceId: 'web-1', incarnation: 1 } as const;
const HANGS = 'sleep 600 & exec sleep 600';

/** The code and text of an operation that failed, at once or after it pended. */
async function failureOf(player: DaemonPlayer, answer: Response): Promise<object> {
  if (!answer.ok) return { code: answer.error.code, text: answer.error.message };
  const { code, text } = await player.statusReport('failed');
  return { code, text };
}

describe('an entry point that does not return in time is killed with its group, and answered hung', () => {
  test('online', async () => {
    const { player, properties } = await openedScript({ online: HANGS, terminate: 'touch cleaned' }, { onlineTimeoutMs: 200 });
    expect(await failureOf(player, await player.online('web-1', 1, properties))).toEqual({
      code: 'hung',
      text: 'online did not return within 200 ms and was killed',
    });
    await expect.poll(() => applications(player)).toEqual([]);
  });

  test('offline', async () => {
    const { player, properties } = await openedScript({ online: ':', offline: HANGS }, { timeoutMs: 300 });
    await player.onlineAtLast('web-1', 1, properties);
    expect(await failureOf(player, await player.offline('web-1', 1))).toMatchObject({ code: 'hung' });
    await expect.poll(() => applications(player)).toEqual([]);
  });

  test.each(['looksAlive', 'isAlive'])('%s', async (method) => {
    const { player, properties } = await openedScript({ online: ':', looksalive: HANGS, isalive: HANGS }, { timeoutMs: 300 });
    await player.onlineAtLast('web-1', 1, properties);
    expect(await player.call(method, WEB_1)).toMatchObject({
      ok: false,
      error: { code: 'hung', message: `${method.toLowerCase()} did not return within 300 ms and was killed` },
    });
    await expect.poll(() => applications(player)).toEqual([]);
  });

  test('terminate, and what online left running is ended all the same', async () => {
    const { player, properties } = await openedScript({ online: 'sleep 601 & :', terminate: HANGS }, { timeoutMs: 300 });
    await player.onlineAtLast('web-1', 1, properties);
    expect(await player.terminate('web-1', 1)).toMatchObject({ ok: false, error: { code: 'hung' } });
    expect(applications(player)).toEqual([]);
  });
});

test('after that the script is not run again: terminate kills what it left', async () => {
  const words = { online: 'sleep 601 & :', isalive: HANGS, terminate: 'touch cleaned' };
  const { player, properties } = await openedScript(words, { timeoutMs: 300 });
  await player.onlineAtLast('web-1', 1, properties);
  await player.call('isAlive', WEB_1);
  expect(await player.call('isAlive', WEB_1)).toMatchObject({ ok: false, error: { code: 'hung' } });
  expect(applications(player)).toHaveLength(1);
  await player.terminate('web-1', 1);
  expect(applications(player)).toEqual([]);
  expect(existsSync(join(player.directory, 'cleaned'))).toBe(false);
});

test('the next online is a new beginning', async () => {
  const { player, properties } = await openedScript({ online: '[ -e mended ] || sleep 600; :' }, { timeoutMs: 300 });
  await failureOf(player, await player.online('web-1', 1, properties));
  await player.terminate('web-1', 1);
  expect(await player.onlineAtLast('web-1', 2, { ...properties, timeoutMs: 60_000, script: '/bin/true' })).toBeTruthy();
});

test('one that makes no progress for the daemon is one that hung', async () => {
  const { player, properties } = await openedScript({ online: HANGS, terminate: 'touch cleaned' });
  const online = player.online('web-1', 1, properties);
  await online;
  const params = { ...WEB_1, cause: 'pendingTimeout', reason: 'no progress within PendingTimeout (180000 ms)' };
  expect(await player.call('terminate', params, 'web-1@1/terminate')).toMatchObject({
    ok: false,
    error: { code: 'hung', message: 'no progress within PendingTimeout (180000 ms)' },
  });
  expect(applications(player)).toEqual([]);
  expect(existsSync(join(player.directory, 'cleaned'))).toBe(false);
});

test('a terminate has less than the daemon gives it, so that its host is not killed', async () => {
  const { player, properties } = await openedScript({ online: ':', terminate: HANGS });
  await player.onlineAtLast('web-1', 1, properties);
  const params = { ...WEB_1, cause: 'test', reason: 'test' };
  player.send('request', { id: 'web-1@1/terminate', method: 'terminate', params, deadlineMs: 500 });
  expect(await player.answer('web-1@1/terminate')).toMatchObject({
    ok: false,
    error: { message: 'terminate did not return within 400 ms and was killed' },
  });
});
