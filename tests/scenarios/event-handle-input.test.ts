import { closeSync, openSync, writeSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { callsOf } from '../support/host-calls.ts';
import { onlineAs, pipeOf, recordCounts, writeTo } from '../support/records.ts';

async function online(...names: string[]): Promise<{ daemon: TestDaemon; pipe: string }> {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  for (const name of names) await daemon.add(name, 'demo', {}, { properties: { RestartThreshold: 50 } });
  await daemon.online(...names);
  return { daemon, pipe: pipeOf(daemon, 'demo') };
}

const long = 'x'.repeat(600);
const ACCEPTED: Readonly<Record<string, string>> = {
  crlf: 'crlf@1\r\n',
  blanks: 'blanks@1 \t \n',
  byteOrderMark: '\uFEFFbyteOrderMark@1 disk gone\n',
  emptyLines: '\n\r\n\nemptyLines@1\n',
  utf8: 'utf8@1 disque plein à 100 %\n',
  overlong: `overlong@1 ${long}\n`,
};

test('S28: records with CRLF, blanks, a byte order mark, empty lines, UTF-8 or a reason that is too long are understood', async () => {
  const names = Object.keys(ACCEPTED);
  const { daemon, pipe } = await online(...names);
  for (const text of Object.values(ACCEPTED)) writeTo(pipe, text);
  await Promise.all(names.map((name) => onlineAs(daemon, name, 2)));

  const terminated = callsOf(daemon.journal(), 'terminate').map(({ resource, incarnation }) => `${resource}@${incarnation}`);
  expect(terminated).toEqual(names.map((name) => `${name}@1`));
  expect(await recordCounts(daemon, 'demo')).toMatchObject({
    received: names.length,
    malformed: 0,
    unknown: 0,
  });
  expect(await daemon.client.next('failureReported', 'utf8')).toMatchObject({
    reason: 'disque plein à 100 %',
  });
});

const REFUSED: Readonly<Record<string, string | Uint8Array>> = {
  nul: 'web@1\0\n',
  control: 'web@1 \u0007bell\n',
  notUtf8: Buffer.from([0x77, 0x65, 0x62, 0x40, 0x31, 0x20, 0xff, 0xfe, 0x0a]),
  overlongBare: `web ${long}\n`,
  grammar: '@1 web\n',
  incarnationZero: 'web@0\n',
  overlongId: `web${long}@1 x\n`,
  // Its newline byte is followed by a NUL, which the record after this one begins with.
  utf16: Buffer.from('\uFEFFweb@1\r\n', 'utf16le'),
};

test('S59: records with NUL, control characters, invalid UTF-8, UTF-16, bad grammar or too long without ID@INCARNATION are dropped and counted', async () => {
  const { daemon, pipe } = await online('web', 'last');
  for (const bytes of Object.values(REFUSED)) writeTo(pipe, bytes);
  writeTo(pipe, '\nlast@1\n');
  await onlineAs(daemon, 'last', 2);

  expect(daemon.calls('web')).toEqual(['open', 'online']);
  const counted = Object.keys(REFUSED).length + 1;
  expect(await recordCounts(daemon, 'demo')).toMatchObject({
    received: counted + 1,
    malformed: counted,
    unknown: 0,
  });
  expect(await daemon.client.next('recordDropped')).toMatchObject({ why: 'malformed', host: 'demo' });
});

test('S34: a record without its newline is kept, counted and told of, and acted upon only when the newline comes', async () => {
  const { daemon, pipe } = await online('web');
  const fd = openSync(pipe, 'w');
  try {
    writeSync(fd, 'web@1 disk');
    await daemon.client.next('recordUnterminated');
    expect(await recordCounts(daemon, 'demo')).toMatchObject({ unterminated: 1, received: 0 });
    expect(daemon.calls('web')).toEqual(['open', 'online']);
    writeSync(fd, ' gone\n');
  } finally {
    closeSync(fd);
  }
  await onlineAs(daemon, 'web', 2);

  expect(await daemon.client.next('failureReported', 'web')).toMatchObject({ reason: 'disk gone' });
});

test('S28: notify "failed" on the socket is the same as a record', async () => {
  const { daemon } = await online('web');
  await daemon.do('web', {
    action: 'notify',
    method: 'failed',
    params: { resourceId: 'web', incarnation: 1, reason: 'disk gone' },
  });
  await onlineAs(daemon, 'web', 2);

  expect(await daemon.client.next('failureReported', 'web')).toMatchObject({
    reason: 'disk gone',
    source: 'failedNotification',
  });
  expect(callsOf(daemon.journal(), 'terminate', 'web')).toHaveLength(1);
});

test('S30: a host may have further handles, and a record in any of them is acted upon', async () => {
  const { daemon } = await online('web');
  const made = await daemon.do('web', {
    action: 'ask',
    method: 'createEventHandle',
    params: { name: 'disks' },
  });
  const { eventHandle } = (made as { result: { eventHandle: string } }).result;
  expect(eventHandle).not.toBe(pipeOf(daemon, 'demo'));
  writeTo(eventHandle, 'web@1 disk gone\n');
  await onlineAs(daemon, 'web', 2);

  expect(callsOf(daemon.journal(), 'terminate').map(({ resource }) => resource)).toEqual(['web']);
});

// D-30
test('S26: an event handle that the daemon did not issue is no contract and fails the online', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo', { online: 'foreignHandle' }, { properties: { RestartAction: 'DontRestart' } });
  await daemon.client.request('online', { names: ['web'] });
  const failed = await daemon.client.next('failed', 'web');

  expect(failed).toMatchObject({ source: 'malformedResult' });
  expect(String(failed['reason'])).toContain('/etc/passwd');
});

// D-38
test('S58: a host can fail only its own resources: by its pipe, by its socket and by a status report', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.scripted('intruder');
  await daemon.add('web', 'demo');
  await daemon.add('evil', 'intruder');
  await daemon.online('web', 'evil');
  writeTo(pipeOf(daemon, 'intruder'), 'web@1 not mine\nweb\n');
  await daemon.do('evil', {
    action: 'notify',
    method: 'failed',
    params: { resourceId: 'web', incarnation: 1 },
  });
  const report = { operationId: 'web@1/online', state: 'failed', checkpoint: 1 };
  expect(await daemon.do('evil', { action: 'report', report })).toMatchObject({
    ok: false,
    error: { code: 'unknownResource' },
  });
  expect(
    await daemon.do('evil', {
      action: 'ask',
      method: 'setProperties',
      params: { resourceId: 'web', statusText: 'mine' },
    }),
  ).toMatchObject({ ok: false, error: { code: 'unknownResource' } });
  writeTo(pipeOf(daemon, 'intruder'), 'evil@1\n');
  await onlineAs(daemon, 'evil', 2);

  expect(daemon.calls('web')).toEqual(['open', 'online']);
  expect(await daemon.status('web')).toMatchObject({ state: 'Online', incarnation: 1, statusText: '' });
  expect(await recordCounts(daemon, 'intruder')).toMatchObject({ unknown: 3 });
  expect(await recordCounts(daemon, 'demo')).toMatchObject({ received: 0 });
  await daemon.client.event((event) => event.kind === 'recordDropped' && event.host === 'intruder' && event['why'] === 'foreign');
});
