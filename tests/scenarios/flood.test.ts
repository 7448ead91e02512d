import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { callsOf } from '../support/host-calls.ts';
import { onlineAs, pipeOf, recordCounts, writeTo } from '../support/records.ts';

const GARBAGE = 'nobody@1 x\n'.repeat(2_000);
const WRITES = 30;
const RECORDS = 2_000 * WRITES;

/** A host that floods its own pipe, and an honest one beside it. */
async function flooded(): Promise<TestDaemon> {
  const daemon = await TestDaemon.start();
  await daemon.scripted('flooding');
  await daemon.scripted('honest');
  await daemon.add('bad', 'flooding');
  await daemon.add('web', 'honest', {}, { properties: { RestartThreshold: 100 } });
  await daemon.online('bad', 'web');
  return daemon;
}

// D-34
test('S59: a flood of garbage is read no faster than its budget, and is counted to the last record', async () => {
  const daemon = await flooded();
  const flood = daemon.do('bad', { action: 'write', text: GARBAGE, times: WRITES });
  const alarm = await daemon.client.event((event) => event.kind === 'recordFlood' && event.host === 'flooding');
  await flood;
  writeTo(pipeOf(daemon, 'flooding'), 'bad@1 genuine\n');
  await onlineAs(daemon, 'bad', 2);

  expect(Number(alarm['perSecond'])).toBeGreaterThan(10_000);
  const counts = await recordCounts(daemon, 'flooding');
  expect(counts).toMatchObject({ received: RECORDS + 1, unknown: RECORDS, malformed: 0, stale: 0 });
  // A pause ends a second; what was read in one is the budget and at most what one read had taken in before it.
  const seconds = counts.floods + 1;
  expect(RECORDS / seconds).toBeLessThan(10_000 + (64 * 1024) / 'nobody@1 x\n'.length);
  expect(await recordCounts(daemon, 'honest')).toMatchObject({ received: 0, floods: 0 });
});

test('S59: a flood is told of as one thing, and three seconds of it raise the alarm of its host', async () => {
  const daemon = await flooded();
  const flood = daemon.do('bad', { action: 'write', text: GARBAGE, times: WRITES });
  const floods: number[] = [];
  await daemon.client.event((event) => event.kind === 'recordFlood' && floods.push(event.seq) === 3);
  const { hosts } = await daemon.client.request('hostList', {});
  expect(hosts.find(({ id }) => id === 'flooding')?.trouble).toContain('floods its event handle');
  expect(hosts.find(({ id }) => id === 'honest')?.trouble).toBeNull();
  await flood;

  const dropped = daemon.client.events.filter(({ kind }) => kind === 'recordDropped');
  expect(dropped.length).toBeLessThan(200);
  expect(dropped.every((event) => event['why'] === 'unknown' && event['record'] === 'nobody@1')).toBe(true);
});

test('S59: while one pipe is flooded, every record of an honest host is acted upon before the flood is over', async () => {
  const daemon = await flooded();
  let isOver = false;
  const flood = daemon.do('bad', { action: 'write', text: GARBAGE, times: WRITES }).then(() => {
    isOver = true;
  });
  await daemon.client.event((event) => event.kind === 'recordFlood');
  for (let incarnation = 1; incarnation <= 20; incarnation++) {
    writeTo(pipeOf(daemon, 'honest'), `web@${incarnation} mine\n`);
    await onlineAs(daemon, 'web', incarnation + 1);
  }
  expect(isOver).toBe(false);
  await flood;

  expect(callsOf(daemon.journal(), 'terminate', 'web')).toHaveLength(20);
  expect(callsOf(daemon.journal(), 'terminate', 'bad')).toEqual([]);
});
