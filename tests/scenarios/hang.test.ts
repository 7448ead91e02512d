import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';

const HUNG = /^scripted \w+ error$/;

/** A resource `web` of which one entry point hangs; left alone, it would be restarted again and again. */
async function startHanging(script: Record<string, string>): Promise<TestDaemon> {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo', {}, '--concurrency', 'perResource');
  await daemon.add('web', 'demo', script, { properties: { RestartThreshold: 1_000 } });
  return daemon;
}

/** Brings `web` into hang mode by its online. */
async function startHung(): Promise<TestDaemon> {
  const daemon = await startHanging({ online: 'error:hung' });
  await daemon.client.request('online', { names: ['web'] });
  await daemon.client.next('hangModeEntered', 'web');
  await daemon.client.next('terminated', 'web');
  return daemon;
}

// D-39
test.each([
  ['online', { online: 'error:hung' }, ['open', 'online', 'terminate']],
  ['isAlive', { online: 'poll:10000:20', isAlive: 'error:hung' }, ['open', 'online', 'isAlive', 'terminate']],
  ['looksAlive', { online: 'poll:20:10000', looksAlive: 'error:hung' }, ['open', 'online', 'looksAlive', 'terminate']],
  ['terminate', { online: 'error', terminate: 'error:hung' }, ['open', 'online', 'terminate']],
])('S45: after a %s that hung, the resource is Failed and nothing more is called', async (_call, script, calls) => {
  const daemon = await startHanging(script);
  await daemon.client.request('online', { names: ['web'] });
  await daemon.client.next('terminated', 'web');

  const status = await daemon.status('web');
  expect(status).toMatchObject({ state: 'Failed', phase: 'failed', settled: true, nextAttemptAt: null, hung: expect.stringMatching(HUNG) });
  expect(daemon.calls('web')).toEqual(calls);
  expect(daemon.client.kinds('web')).toContain('hangModeEntered');
  expect(daemon.client.kinds('web')).not.toContain('restartScheduled');
});

test('S45: after an offline that hung, it is terminated, Offline, and not brought online again', async () => {
  const daemon = await startHanging({ offline: 'error:hung' });
  await daemon.online('web');
  await daemon.client.request('offline', { names: ['web'] });
  await daemon.client.next('offline', 'web');

  expect(await daemon.status('web')).toMatchObject({ state: 'Offline', settled: true, hung: expect.stringMatching(HUNG) });
  expect(daemon.calls('web')).toEqual(['open', 'online', 'offline', 'terminate']);
  await expect(daemon.client.request('online', { names: ['web'] })).rejects.toMatchObject({ code: 'inHangMode', exit: 4 });
});

test('S45: an online that pended and hung is one that hung', async () => {
  const daemon = await startHanging({ online: 'pending' });
  await daemon.client.request('online', { names: ['web'] });
  await daemon.client.next('onlinePending', 'web');
  await daemon.do('web', { action: 'report', report: { state: 'failed', code: 'hung', text: 'online did not return' } });
  await daemon.client.next('terminated', 'web');

  expect(await daemon.status('web')).toMatchObject({ state: 'Failed', hung: 'online did not return', nextAttemptAt: null });
});

test('S45: in hang mode an online is refused, with what to type, and accepted when that was typed', async () => {
  const daemon = await startHung();
  const refused = await daemon.andon('online', 'web');
  expect(refused.code).toBe(4);
  expect(refused.stderr).toContain('Resource "web" is in hang mode: scripted online error.');
  expect(refused.stderr).toContain('andon online web --clear-hang');
  expect(daemon.calls('web')).toEqual(['open', 'online', 'terminate']);

  await daemon.do('web', { action: 'script', script: { online: 'ok' } });
  const cleared = await daemon.andon('online', 'web', '--clear-hang');
  expect(cleared).toMatchObject({ code: 0, stderr: expect.stringContaining('web is Online') });
  expect(await daemon.status('web')).toMatchObject({ state: 'Online', hung: null, restarts: 0 });
  expect(daemon.client.kinds('web')).toContain('hangModeCleared');
});

test('S45: andon status shows the hang and what to type', async () => {
  const daemon = await startHung();
  const { stdout } = await daemon.andon('status', 'web');
  expect(stdout).toContain('in hang mode: scripted online error; nothing more is tried until: andon online web --clear-hang');
  const attention = await daemon.andon('status');
  expect(attention.stdout).toContain('mend the cause; andon online web --clear-hang');
  const document: unknown = JSON.parse((await daemon.andon('status', '--json')).stdout);
  expect(document).toMatchObject({ resources: [{ name: 'web', hung: 'scripted online error' }] });
});

test('S45: hang mode outlives the daemon, its host, and an offline', async () => {
  const daemon = await startHung();
  await daemon.crash();
  await daemon.up();
  await daemon.client.next('hostAdopted');
  expect(await daemon.status('web')).toMatchObject({ state: 'Failed', hung: 'scripted online error', nextAttemptAt: null });

  void daemon.do('web', { action: 'kill' }).catch(() => undefined);
  await daemon.client.next('hostExited');
  expect(await daemon.status('web')).toMatchObject({ state: 'Failed', hung: 'scripted online error' });

  await daemon.client.request('offline', { names: ['web'] });
  expect(await daemon.status('web')).toMatchObject({ state: 'Offline', hung: 'scripted online error' });
  await expect(daemon.client.request('online', { names: ['web'] })).rejects.toMatchObject({ code: 'inHangMode' });
  expect(daemon.calls('web').filter((call) => call === 'online')).toHaveLength(1);
});

test('S45: what depends on it does not bring it online either, unless hang mode is cleared for all of them', async () => {
  const daemon = await startHung();
  await daemon.add('shop', 'demo', {}, { dependsOn: '[web]' });
  await expect(daemon.client.request('online', { names: ['shop'] })).rejects.toMatchObject({
    code: 'inHangMode',
    message: 'Resource "web" is in hang mode: scripted online error.',
  });
  await daemon.do('web', { action: 'script', script: { online: 'ok' } });
  await daemon.client.request('online', { names: ['shop'], clearHang: true });
  await daemon.client.next('online', 'shop');
  expect(await daemon.status('web')).toMatchObject({ state: 'Online', hung: null });
});

test('S45: a host that does not answer is no hang: it is killed, and the resource is tried again', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo', { online: 'hang' }, { properties: { DeadlockTimeout: 1_000, RestartDelay: 10 } });
  await daemon.client.request('online', { names: ['web'] });
  await daemon.client.next('restartScheduled', 'web');
  expect(await daemon.status('web')).toMatchObject({ hung: null });
});
