import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { callsOf, journalWhen, whenCalled } from '../support/host-calls.ts';
import { manyOnline } from '../support/many.ts';
import { pipeOf, recordCounts, writeTo } from '../support/records.ts';

// D-32
test('S32: of 4000 records in one burst, 20 for each of 200 instances, each is handled and none is lost or merged', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  const names = Array.from({ length: 200 }, (_, index) => `web-${index}`);
  await Promise.all(names.map((name) => daemon.add(name, 'demo', {}, { properties: { RestartAction: 'DontRestart' } })));
  await daemon.online(...names);
  // The first of each fails it, the others are told again: acted upon or counted, every one of them.
  await daemon.do('web-0', {
    action: 'write',
    text: names.map((name) => `${name}@1 burst\n`).join(''),
    times: 20,
  });
  let failed = 0;
  await daemon.client.event((event) => event.kind === 'terminated' && ++failed === names.length);

  const terminated = callsOf(daemon.journal(), 'terminate').map(({ resource }) => resource);
  expect(terminated.toSorted()).toEqual(names.toSorted());
  expect(await recordCounts(daemon, 'demo')).toMatchObject({
    received: 4000,
    duplicate: 3800,
    stale: 0,
    unknown: 0,
    malformed: 0,
  });
});

test(
  'S32: 10,000 instances of one host fail in one burst: 10,000 terminates over one connection, and another host is served meanwhile',
  { timeout: 120_000 },
  async () => {
    const count = 10_000;
    const daemon = await TestDaemon.start();
    await daemon.scripted('honest');
    await daemon.add('web', 'honest', {}, { properties: { RestartThreshold: 50 } });
    await daemon.online('web');
    await manyOnline(daemon, count);
    await daemon.client.request('control', {
      name: 'm0',
      code: 'burst',
      input: { expected: count, records: { prefix: 'm', count, times: 1 } },
    });
    writeTo(pipeOf(daemon, 'honest'), 'web@1 mine\n');
    // Told by the host, not by an event: whoever follows a burst slowly gets a gap instead of what is in it.
    await whenCalled(daemon, 'online', 'web', 2, 60_000);
    const entries = await journalWhen(daemon, (all) => all.some(({ event }) => event === 'terminated'), 60_000);

    const [bursting, done] = ['bursting', 'terminated'].map((event) => entries.find((entry) => entry.event === event));
    expect(done).toMatchObject({ terminates: count, different: count, connections: 1 });
    const served = callsOf(entries, 'terminate', 'web')[0];
    process.stdout.write(
      `burst of ${count}: ${((done?.us ?? 0) - (bursting?.us ?? 0)) / 1000} ms; the honest host was served after ${((served?.us ?? 0) - (bursting?.us ?? 0)) / 1000} ms\n`,
    );
    expect(served?.us).toBeLessThan(done?.us ?? 0);
    expect(entries.filter(({ event }) => event === 'disconnected')).toEqual([]);
    const { hosts } = await daemon.client.request('hostList', {});
    expect(hosts.find(({ id }) => id === 'many')).toMatchObject({
      state: 'up',
      deaths: 0,
      records: { received: count, duplicate: 0, unknown: 0, floods: 0 },
    });
  },
);
