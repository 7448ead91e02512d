import { Buffer } from 'node:buffer';
import { isAbsolute } from 'node:path';
import { expect, test } from 'vitest';
import { TestDaemon } from '../../support/daemon.ts';
import { HostTalk, hostThatTheTestSpeaksFor } from './raw-host.ts';

test('D-3, D-4: a host finds its pipe and all six variables when it begins, every path absolute and short', async () => {
  const daemon = await TestDaemon.start();
  const given = await hostThatTheTestSpeaksFor(daemon, 'web');

  expect(given).toMatchObject({
    ANDON_HOST_ID: 'web',
    ANDON_TOKEN: expect.stringMatching(/^.{16,}$/),
    ANDON_PROTOCOL: 'andon/1',
    ANDON_EVENT_FD: '3',
    isPipe: true,
  });
  const paths = [given.ANDON_SOCKET, String(given['ANDON_EVENT_HANDLE'])];
  expect(paths.filter((path) => !isAbsolute(path) || Buffer.byteLength(path) > 100)).toEqual([]);
});

test('D-5: a hello with a wrong token is answered unauthorized, and the right one still counts', async () => {
  const daemon = await TestDaemon.start();
  const given = await hostThatTheTestSpeaksFor(daemon, 'web');
  const stranger = await HostTalk.connect(given);
  stranger.hello({ token: given.ANDON_TOKEN.replace(/^./, (first) => (first === '0' ? '1' : '0')) });
  expect((await stranger.next('goodbye')).data).toMatchObject({ code: 'unauthorized', supported: ['andon/1'] });
  await stranger.closed();
  expect(stranger.frames).toHaveLength(1);

  const host = await HostTalk.connect(given);
  await host.comesOnline();
  await daemon.client.next('online', 'web');
});

test('D-6: of several versions the one that both speak is taken; without one the daemon says which it speaks', async () => {
  const daemon = await TestDaemon.start();
  const given = await hostThatTheTestSpeaksFor(daemon, 'web');
  const future = await HostTalk.connect(given);
  future.hello({ protocols: ['andon/9'] });
  expect((await future.next('goodbye')).data).toMatchObject({ code: 'noCommonProtocol', supported: ['andon/1'] });
  await future.closed();

  const both = await HostTalk.connect(given);
  both.hello({ protocols: ['andon/9', 'andon/1'] });
  expect((await both.next('welcome')).data.protocol).toBe('andon/1');
});

test('D-7: a second connection with a valid hello replaces the first, which is closed', async () => {
  const daemon = await TestDaemon.start();
  const given = await hostThatTheTestSpeaksFor(daemon, 'web');
  const first = await HostTalk.connect(given);
  await first.comesOnline();
  await daemon.client.next('online', 'web');

  const second = await HostTalk.connect(given);
  second.hello({ resources: [{ id: 'web', incarnation: 1, state: 'Online', contract: 'poll' }] });
  await first.closed();
  await second.next('welcome');
  await daemon.client.request('offline', { names: ['web'] });
  second.answer(await second.call('offline'));
  await daemon.client.next('offline', 'web');
});

test('D-8: no call is sent before the rest of a hello has been heard', async () => {
  const daemon = await TestDaemon.start();
  const given = await hostThatTheTestSpeaksFor(daemon, 'web');
  const host = await HostTalk.connect(given);
  host.hello({ resourceCount: 2, resources: [{ id: 'stray-1', incarnation: 3, state: 'Online' }] });
  await host.next('welcome');
  // The daemon has read what came before the hello of a stranger when it answers that one.
  const stranger = await HostTalk.connect(given);
  stranger.hello({ token: 'of nobody' });
  await stranger.next('goodbye');
  expect(host.frames.filter(({ type }) => type === 'request')).toEqual([]);
  host.send('notify', { method: 'resources', params: { resources: [{ id: 'stray-2', incarnation: 4, state: 'Online' }] } });

  const calls = [await host.call('terminate'), await host.call('terminate')].map(({ data }) => data.id);
  expect(calls.sort()).toEqual(['stray-1@3/terminate', 'stray-2@4/terminate']);
});

test('D-22, D-23: what a host asks wrongly is refused by its own code, and nothing else changes', async () => {
  const daemon = await TestDaemon.start();
  const given = await hostThatTheTestSpeaksFor(daemon, 'web');
  const other = await hostThatTheTestSpeaksFor(daemon, 'other');
  const host = await HostTalk.connect(given);
  await host.comesOnline();
  const neighbour = await HostTalk.connect(other);
  await neighbour.comesOnline();
  await daemon.client.next('online', 'web');
  await daemon.client.next('online', 'other');

  const refused = async (method: string, params: unknown): Promise<string | undefined> => {
    host.send('request', { id: method + JSON.stringify(params), method, params });
    return (await host.next('response')).data.error?.code;
  };
  expect(await refused('setProperties', { resourceId: 5 })).toBe('invalidParams');
  expect(await refused('setProperties', { resourceId: 'other', statusText: 'mine now' })).toBe('unknownResource');
  expect(await refused('makeCoffee', {})).toBe('notSupported');
  expect(await refused('statusReport', { operationId: 'web@1/online', checkpoint: 9, state: 'failed' })).toBe('invalidState');
  expect(await daemon.status('web')).toMatchObject({ state: 'Online', incarnation: 1 });
  expect(await daemon.status('other')).toMatchObject({ state: 'Online', incarnation: 1, statusText: '' });
});

test('D-25: a control call that failed is not made again, however retryable', async () => {
  const daemon = await TestDaemon.start();
  const given = await hostThatTheTestSpeaksFor(daemon, 'web');
  const host = await HostTalk.connect(given);
  await host.comesOnline();
  await daemon.client.next('online', 'web');

  const asked = daemon.client.request('control', { name: 'web', code: 'reload' });
  const { data } = await host.call('resourceControl');
  host.send('response', { id: data.id, ok: false, error: { code: 'busy', message: 'not now', retryable: true } });
  await expect(asked).rejects.toThrow('not now');
  // An offline goes through the same queue, behind whatever else there is for this resource.
  await daemon.client.request('offline', { names: ['web'] });
  host.answer(await host.call('offline'));
  await daemon.client.next('offline', 'web');
  expect(host.frames.filter((frame) => frame.data.method === 'resourceControl')).toHaveLength(1);
});

test('D-20: without maxPendingMs no request carries a maxMs; with it, it is the one that is set', async () => {
  const daemon = await TestDaemon.start();
  const plain = await HostTalk.connect(await hostThatTheTestSpeaksFor(daemon, 'plain'));
  await plain.comesOnline();
  const capped = await HostTalk.connect(await hostThatTheTestSpeaksFor(daemon, 'capped', { maxPendingMs: 90_000 }));
  await capped.comesOnline();
  const onlineOf = ({ frames }: HostTalk) => frames.find(({ data }) => data.method === 'online')?.data;
  expect(onlineOf(plain)).not.toHaveProperty('maxMs');
  expect(onlineOf(capped)).toMatchObject({ maxMs: 90_000 });
});
