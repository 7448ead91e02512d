import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applications, environmentOf, fileAppears } from './applications.ts';
import type { DaemonPlayer } from './daemon-player.ts';
import { openedScript } from './scripts.ts';

const WEB_1 = { resourceId: 'web-1', incarnation: 1 } as const;

function logOf(player: DaemonPlayer): string {
  return readFileSync(join(player.stateDirectory, 'logs/applications/web-1.log'), 'utf8');
}

function read(player: DaemonPlayer, name: string): string {
  return readFileSync(join(player.directory, name), 'utf8');
}

function touch(player: DaemonPlayer, name: string): void {
  writeFileSync(join(player.directory, name), '');
}

async function offlineFailure(player: DaemonPlayer): Promise<unknown> {
  const answer = await player.offline('web-1', 1);
  return answer.ok ? (await player.statusReport('failed'))['text'] : answer.error.message;
}

describe('the contract', () => {
  test('is poll, with the intervals of the properties', async () => {
    const { player, properties } = await openedScript({ online: ':' }, { looksAliveMs: 1_000, isAliveMs: 2_000 });
    expect(await player.onlineAtLast('web-1', 1, properties)).toMatchObject({ looksAliveMs: 1_000, isAliveMs: 2_000 });
  });

  test('is event for a script that declares it', async () => {
    const { player, properties } = await openedScript({ online: ':' }, {}, '# andon: event-handle');
    expect(await player.onlineAtLast('web-1', 1, properties)).toMatchObject({ eventHandle: player.eventHandle });
  });

  test('is what the properties say, whatever the script declares', async () => {
    const { player, properties } = await openedScript({ online: ':', terminate: ':' }, {}, '# andon: event-handle');
    expect(await player.onlineAtLast('web-1', 1, { ...properties, contract: 'poll' })).not.toHaveProperty('eventHandle');
    await player.terminate('web-1', 1);
    expect(await player.onlineAtLast('web-1', 2, { ...properties, contract: 'event' })).toHaveProperty('eventHandle');
  });
});

describe('an entry point is told', () => {
  test('of whom it is run and how it reports a failure, and never the token', async () => {
    const { player, properties } = await openedScript({ online: 'env > told' }, { args: ['a b'], env: { PORT: '80' } });
    await player.onlineAtLast('web-1', 1, properties);
    const told = read(player, 'told').split('\n');
    expect(told).toEqual(
      expect.arrayContaining([
        'ANDON_RESOURCE=web-1',
        'ANDON_TYPE=exec',
        'ANDON_INCARNATION=1',
        'ANDON_FAILURE_RECORD=web-1@1',
        `ANDON_EVENT_HANDLE=${player.eventHandle}`,
        'PORT=80',
      ]),
    );
    expect(told.filter((line) => /^ANDON_(TOKEN|SOCKET|HOST_ID)=/.test(line))).toEqual([]);
  });

  test('its arguments after the word', async () => {
    const { player, properties } = await openedScript({ online: 'echo "$2" > told' }, { args: ['a b'] });
    await player.onlineAtLast('web-1', 1, properties);
    expect(read(player, 'told')).toBe('a b\n');
  });

  test('why it is to end', async () => {
    const { player, properties } = await openedScript({ online: ':', terminate: 'echo "$ANDON_CAUSE: $ANDON_REASON" > told' });
    await player.onlineAtLast('web-1', 1, properties);
    await player.terminate('web-1', 1);
    expect(read(player, 'told')).toBe('test: the test wants it\n');
  });
});

describe('the exit code of online', () => {
  test.each([
    ['exit 1', 'online: exit code 1, OCF_ERR_GENERIC: it failed'],
    [
      'echo starting; echo no nginx here >&2; exit 5',
      'no nginx here (online: exit code 5, OCF_ERR_INSTALLED: something that it needs is not installed)',
    ],
    [
      'echo ocf-exit-reason:port 80 is taken >&2; echo bye >&2; exit 6',
      'port 80 is taken (online: exit code 6, OCF_ERR_CONFIGURED: what it manages is configured wrongly)',
    ],
    ['exit 99', 'online: exit code 99'],
    ['kill -KILL $$', 'online: killed by SIGKILL'],
  ])('%s', async (online, message) => {
    const { player, properties } = await openedScript({ online });
    expect(await player.onlineFailure('web-1', 1, properties)).toBe(message);
  });

  test('a script that is not there, or not executable, is told with its path', async () => {
    const { player, properties } = await openedScript({}, { contract: 'poll' });
    expect(await player.onlineFailure('web-1', 1, { ...properties, script: './no-such' })).toBe(
      `script ${join(player.directory, 'no-such')}: no such file (ENOENT)`,
    );
    await player.terminate('web-1', 1);
    expect(await player.onlineFailure('web-1', 2, { ...properties, script: '/etc/passwd' })).toBe(
      'script /etc/passwd: not executable (EACCES)',
    );
  });
});

describe('looksalive and isalive', () => {
  test.each([
    ['isAlive', { isalive: 'exit 0' }, { alive: true }],
    ['isAlive', { isalive: 'exit 8' }, { alive: true }],
    ['isAlive', { isalive: 'exit 7' }, { alive: false, reason: 'isalive: exit code 7, OCF_NOT_RUNNING: it is not running' }],
    [
      'isAlive',
      { isalive: 'echo connection refused >&2; exit 1' },
      { alive: false, reason: 'connection refused (isalive: exit code 1, OCF_ERR_GENERIC: it failed)' },
    ],
    ['isAlive', {}, { alive: false, reason: 'isalive: exit code 3, OCF_ERR_UNIMPLEMENTED: the script does not know this entry point' }],
    ['looksAlive', { looksalive: 'exit 0' }, { alive: true }],
  ])('%s of %j', async (method, words, result) => {
    const { player, properties } = await openedScript({ online: ':', ...words });
    await player.onlineAtLast('web-1', 1, properties);
    expect(await player.result(method, WEB_1)).toEqual(result);
  });

  test('what a script need not know is not supported', async () => {
    const { player, properties } = await openedScript({ online: ':' }, { contract: 'event' });
    await player.onlineAtLast('web-1', 1, properties);
    expect(await player.call('looksAlive', WEB_1)).toMatchObject({ ok: false, error: { code: 'notSupported' } });
    expect(await player.call('isAlive', WEB_1)).toMatchObject({ ok: false, error: { code: 'notSupported' } });
  });

  test('what a resource prints meanwhile is not taken for what its check says', async () => {
    const online = '(until [ -e checked ]; do echo chatter >&2; sleep 0.05; done) & :';
    const { player, properties } = await openedScript({ online, isalive: 'echo refused >&2; sleep 0.3; touch checked; exit 1' });
    await player.onlineAtLast('web-1', 1, properties);
    expect(await player.result('isAlive', WEB_1)).toMatchObject({ reason: expect.stringMatching(/^refused \(/) });
    expect(logOf(player)).toContain('refused\n');
  });
});

describe('what online leaves running', () => {
  test('is the resource: it outlives its entry point and ends with terminate, also what left the session', async () => {
    const { player, properties } = await openedScript({ online: 'sleep 601 & setsid sleep 602 & :' });
    await player.onlineAtLast('web-1', 1, properties);
    expect(applications(player)).toHaveLength(2);
    expect(await player.terminate('web-1', 1)).toMatchObject({ ok: true });
    expect(applications(player)).toEqual([]);
  });

  test('fails its resource by one line', async () => {
    const online = '(until [ -e gone ]; do sleep 0.05; done; echo "$ANDON_FAILURE_RECORD disk gone" > "$ANDON_EVENT_HANDLE") & :';
    const { player, properties } = await openedScript({ online }, {}, '# andon: event-handle');
    await player.onlineAtLast('web-1', 1, properties);
    touch(player, 'gone');
    expect(await player.records.take()).toMatchObject({ resource: 'web-1', incarnation: 1, reason: 'disk gone' });
  });

  test('and what it and its entry points print is in one log', async () => {
    const { player, properties } = await openedScript({ online: 'echo from online; echo aside >&2', offline: 'echo from offline; exit 7' });
    await player.onlineAtLast('web-1', 1, properties);
    await player.offlineAtLast('web-1', 1);
    expect(logOf(player)).toBe('from online\naside\nfrom offline\n');
  });
});

describe('offline and terminate', () => {
  test('an offline that fails says why', async () => {
    const { player, properties } = await openedScript({ online: ':', offline: 'echo still in use >&2; exit 1' });
    await player.onlineAtLast('web-1', 1, properties);
    expect(await offlineFailure(player)).toBe('still in use (offline: exit code 1, OCF_ERR_GENERIC: it failed)');
  });

  test('a terminate ends an online that runs, then cleans up', async () => {
    const { player, properties } = await openedScript({ online: 'touch began; exec sleep 600', terminate: 'touch cleaned' });
    const online = player.online('web-1', 1, properties);
    await fileAppears(join(player.directory, 'began'));
    expect(await player.terminate('web-1', 1)).toMatchObject({ ok: true });
    await online;
    expect(applications(player)).toEqual([]);
    expect(existsSync(join(player.directory, 'cleaned'))).toBe(true);
  });

  test('a terminate that fails says so when everything else is gone', async () => {
    const { player, properties } = await openedScript({ online: 'sleep 601 & :', terminate: 'echo still mounted >&2; exit 1' });
    await player.onlineAtLast('web-1', 1, properties);
    expect(await player.terminate('web-1', 1)).toMatchObject({
      ok: false,
      error: { code: 'failed', message: 'still mounted (terminate: exit code 1, OCF_ERR_GENERIC: it failed)' },
    });
    expect(applications(player)).toEqual([]);
  });

  test('what online prints is its progress', async () => {
    const { player, properties } = await openedScript({ online: 'echo replaying; until [ -e go ]; do sleep 0.05; done' });
    const online = player.online('web-1', 1, properties);
    expect((await player.statusReport('onlinePending'))['text']).toBe('replaying');
    touch(player, 'go');
    await online;
    expect(await player.statusReport('online')).toMatchObject({ state: 'online' });
  });
});

test('every process that it starts can be told by its environment', async () => {
  const { player, properties } = await openedScript({ online: 'sleep 601 & :' });
  await player.onlineAtLast('web-1', 1, properties);
  const [pid = 0] = applications(player);
  expect(environmentOf(pid).split('\0')).toContain(`ANDON_EXEC=${join(player.stateDirectory, 'web-1')}`);
});
