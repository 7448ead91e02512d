import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { addBystander, addVice, ofHost, pidOf } from './support.ts';

const SHORT = { startTimeoutMs: 500 };

test('a host that exits before its hello: the reason is told, nobody is blamed, its words are in its log', async () => {
  const daemon = await TestDaemon.start();
  const unharmed = await addBystander(daemon);
  await addVice(daemon, 'exits-before-hello');

  const { code, stderr } = await daemon.andon('online', 'exits-before-hello');

  expect(code).toBe(5);
  expect(stderr).toContain('exited with code 3 before it said hello');
  expect(await daemon.status('exits-before-hello')).toMatchObject({ restarts: 0, wanted: 'Online' });
  expect((await daemon.andon('logs', 'exits-before-hello')).stdout).toContain('cannot find its configuration');
  await unharmed();
});

test.each(['never-says-hello', 'connects-in-silence'])('a host that %s is killed after its startTimeoutMs', async (vice) => {
  const daemon = await TestDaemon.start();
  const unharmed = await addBystander(daemon);
  await addVice(daemon, vice, SHORT);

  const { code, stderr } = await daemon.andon('online', vice);

  expect(code).toBe(5);
  expect(stderr).toContain('said no hello within 500 ms');
  const { pid } = await ofHost(daemon, 'hostKilled', vice);
  await ofHost(daemon, 'hostExited', vice);
  expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
  await unharmed();
});

// D-5
test('a host with a wrong token changes nothing, is told so, and ends as one that never said hello', async () => {
  const daemon = await TestDaemon.start();
  const unharmed = await addBystander(daemon);
  await addVice(daemon, 'presents-wrong-token', SHORT);

  const { code } = await daemon.andon('online', 'presents-wrong-token');

  expect(code).toBe(5);
  const { reason } = await daemon.client.next('helloRefused');
  expect(reason).toBe('wrong token for host "presents-wrong-token"');
  expect(daemon.client.events.some(({ kind, host }) => kind === 'hostStarted' && host === 'presents-wrong-token')).toBe(false);
  await unharmed();
});

// D-1, D-38
test.each([
  ['sends-two-mebibytes', 'message exceeds maxMessageSize'],
  ['sends-invalid-json', 'received message is not valid JSON'],
])('a host that %s loses that connection and nothing else', async (vice, why) => {
  const daemon = await TestDaemon.start();
  const unharmed = await addBystander(daemon);
  await addVice(daemon, vice);
  await daemon.online(vice);
  const pid = await pidOf(daemon, vice);

  await daemon.client.request('control', { name: vice, code: 'misbehave' });
  await ofHost(daemon, 'hostReconnected', vice);

  expect(await pidOf(daemon, vice)).toBe(pid);
  expect(await daemon.status(vice)).toMatchObject({ state: 'Online', incarnation: 1, lastFailure: null });
  const log = readFileSync(join(daemon.folder, 'state', 'logs', 'andond.log'), 'utf8');
  expect(log).toContain(`"error":"${why}","msg":"a peer broke the framing; its connection was closed"`);
  await unharmed();
});

test('a host that sends what nobody knows is answered notSupported, and goes on', async () => {
  const daemon = await TestDaemon.start();
  const unharmed = await addBystander(daemon);
  await addVice(daemon, 'sends-unknown-methods');
  await daemon.online('sends-unknown-methods');

  await daemon.client.request('control', { name: 'sends-unknown-methods', code: 'misbehave' });

  const said = (text: string) => daemon.client.event(({ kind, reason }) => kind === 'protocolViolation' && String(reason).includes(text));
  expect(await said('coffeeIsReady')).toMatchObject({
    host: 'sends-unknown-methods',
    reason: 'malformed or unknown notification "coffeeIsReady"',
  });
  expect(await said('unknown type')).toMatchObject({ reason: 'frame of unknown type "coffee"' });
  expect(await daemon.client.request('control', { name: 'sends-unknown-methods', code: 'misbehave' })).toMatchObject({ handledBy: 'host' });
  expect(daemon.client.events.some(({ kind }) => kind === 'hostDisconnected')).toBe(false);
  await unharmed();
});

test.each(['replies-twice', 'replies-to-nothing'])('the answer of a host that %s is ignored, and told of', async (vice) => {
  const daemon = await TestDaemon.start();
  const unharmed = await addBystander(daemon);
  await addVice(daemon, vice);
  await daemon.online(vice);

  await daemon.client.request('control', { name: vice, code: 'misbehave' });

  expect((await ofHost(daemon, 'lateReplyIgnored', vice))['call']).toMatch(vice === 'replies-twice' ? /resourceControl$/ : /^never-asked$/);
  expect(await daemon.status(vice)).toMatchObject({ state: 'Online', incarnation: 1 });
  expect(await daemon.client.request('control', { name: vice, code: 'misbehave' })).toMatchObject({
    handledBy: 'host',
  });
  await unharmed();
});

test('a host that ignores its goodbye and SIGTERM does not hold up the end of the daemon for ever', async () => {
  const daemon = await TestDaemon.start();
  await addVice(daemon, 'ignores-every-goodbye');
  await daemon.online('ignores-every-goodbye');
  const pid = await pidOf(daemon, 'ignores-every-goodbye');

  const { code, stdout } = await daemon.andon('down', '--json');

  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, remaining: [] });
  expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
  expect(await ofHost(daemon, 'hostKilled', 'ignores-every-goodbye')).toMatchObject({
    reason: 'did not end within 5000 ms',
  });
});
