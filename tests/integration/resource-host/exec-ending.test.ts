import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applications } from './applications.ts';
import { ScriptedResource } from './exec-script.ts';

const TERMINATE = { resourceId: 'web', incarnation: 1, cause: 'failureRecord', reason: 'disk gone' } as const;

function told(resource: ScriptedResource): string {
  return readFileSync(join(resource.player.directory, 'told'), 'utf8');
}

describe('the script is told why', () => {
  const tells = 'echo "$ANDON_CAUSE: $ANDON_REASON" > told';

  test('it is terminated', async () => {
    const resource = await ScriptedResource.open({ terminate: tells });
    await resource.player.onlineAtLast('web', 1, resource.properties());
    await resource.player.result('terminate', TERMINATE, 'web@1/terminate');
    expect(told(resource)).toBe('failureRecord: disk gone\n');
  });

  test('it is taken offline', async () => {
    const resource = await ScriptedResource.open({ offline: tells });
    await resource.player.onlineAtLast('web', 1, resource.properties());
    await resource.player.offlineAtLast('web', 1);
    expect(told(resource)).toBe('test: \n');
  });
});

test('terminate ends before the daemon would kill the host, whatever timeoutMs says', async () => {
  const { player, properties } = await terminateHangs();
  player.send('request', { id: 'web@1/terminate', method: 'terminate', params: TERMINATE, deadlineMs: 500 });
  expect(await player.answer('web@1/terminate')).toMatchObject({ ok: true });
  expect(await player.onlineFailure('web', 2, properties)).toContain('terminate did not return within 400 ms; in hang mode');
});

async function terminateHangs() {
  const resource = await ScriptedResource.open({ terminate: 'exec sleep 600' });
  await resource.player.onlineAtLast('web', 1, resource.properties());
  return { player: resource.player, properties: resource.properties() };
}

test('an online that the daemon gave up did not return: hang mode', async () => {
  const resource = await ScriptedResource.open({ online: 'exec sleep 600' });
  const { player } = resource;
  await player.online('web', 1, resource.properties());
  const reason = 'no progress within PendingTimeout (1000 ms)';
  await player.result('terminate', { ...TERMINATE, cause: 'pendingTimeout', reason }, 'web@1/terminate');
  expect(applications(player)).toEqual([]);
  expect(resource.runs).toEqual(['online']);
  expect(await player.onlineFailure('web', 2, resource.properties())).toBe(
    `./service: ${reason}; in hang mode until: andon online web --clear-hang`,
  );
});

describe('what a run prints', () => {
  test('is its reason, and not what the resource prints meanwhile', async () => {
    const resource = await ScriptedResource.open({
      online: '(until [ -e checked ]; do echo chatter; sleep 0.02; done) &',
      isalive: 'echo refused; sleep 0.3; touch checked; exit 1',
    });
    await resource.player.onlineAtLast('web', 1, resource.properties());
    expect(await resource.alive('isAlive')).toMatchObject({ reason: expect.stringContaining('refused') });
    expect(readFileSync(join(resource.player.stateDirectory, 'logs/applications/web.log'), 'utf8')).toContain('refused\n');
  });

  test('is the progress of an online: each line gives it more time', async () => {
    const resource = await ScriptedResource.open({ online: 'echo replaying; until [ -e go ]; do sleep 0.05; done; echo done' });
    const { player } = resource;
    const online = player.onlineAtLast('web', 1, resource.properties());
    const { checkpoint, text } = await player.statusReport('onlinePending');
    expect(text).toBe('replaying');
    writeFileSync(join(player.directory, 'go'), '');
    await online;
    expect(checkpoint).toBe(1);
  });
});

describe('what is still there after offline', () => {
  const STOPS = (orders: string): string => `sh -c 'trap "${orders}" TERM; touch ready; while :; do sleep 0.05; done' & echo $! > pid
    until [ -e ready ]; do sleep 0.02; done`;

  test('has time to end in good order', async () => {
    const resource = await ScriptedResource.open({ online: STOPS('sleep 0.3; touch flushed; exit 0'), offline: 'kill $(cat pid)' });
    const { player } = resource;
    await player.onlineAtLast('web', 1, resource.properties());
    await player.offlineAtLast('web', 1);
    expect(existsSync(join(player.directory, 'flushed'))).toBe(true);
    expect(applications(player)).toEqual([]);
  });

  test('is asked to end when the script has forgotten it', async () => {
    const resource = await ScriptedResource.open({ online: STOPS('touch flushed; exit 0') });
    const { player } = resource;
    await player.onlineAtLast('web', 1, resource.properties());
    await player.offlineAtLast('web', 1);
    expect(existsSync(join(player.directory, 'flushed'))).toBe(true);
  });
});

test('hang mode of a resource that was removed is not that of the next one of its name', async () => {
  const resource = await ScriptedResource.open({ online: '[ -e mended ] || exec sleep 600' });
  const { player } = resource;
  await player.onlineFailure('web', 4, resource.properties({ timeoutMs: 200 }));
  writeFileSync(join(player.directory, 'mended'), '');
  await resource.recovered();
  await player.terminate('web', 4);
  expect(await player.onlineFailure('web', 5, resource.properties())).toContain('in hang mode');

  // Removed while no host had it open: nobody was told.
  await resource.recovered();
  await player.terminate('web', 0);
  expect(await player.onlineAtLast('web', 1, resource.properties())).toBeTruthy();
});
