import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { manyOnline } from '../support/many.ts';
import { idleness } from '../support/wake-ups.ts';

const INSTANCES = 10_000;
const MEASURED_SECONDS = 10;
/** What the work that was done just before leaves behind, such as collecting its garbage, is none of the idle cost. */
const SETTLING_SECONDS = 3;

test(
  `S60: ${INSTANCES} instances on event handles wake the daemon no more often than one, or than none`,
  { timeout: 120_000 },
  async () => {
    const daemons: readonly [TestDaemon, TestDaemon, TestDaemon] = [
      await TestDaemon.start(),
      await TestDaemon.start(),
      await TestDaemon.start(),
    ];
    await manyOnline(daemons[1], 1);
    await manyOnline(daemons[2], INSTANCES);
    // All at the same time, so that whatever else this machine does is the same for them.
    await Promise.all(daemons.map(({ pid }) => idleness(pid, SETTLING_SECONDS)));
    const [none, one, many] = await Promise.all([
      idleness(daemons[0].pid, MEASURED_SECONDS),
      idleness(daemons[1].pid, MEASURED_SECONDS),
      idleness(daemons[2].pid, MEASURED_SECONDS),
    ]);

    const text = ({ wakeUpsPerSecond, processorMsPerSecond }: typeof none): string =>
      `${wakeUpsPerSecond.toFixed(1)} wake-ups and ${processorMsPerSecond.toFixed(1)} ms a second`;
    process.stdout.write(`idle with no instance: ${text(none)}; with one: ${text(one)}; with ${INSTANCES}: ${text(many)}\n`);
    expect(many.wakeUpsPerSecond - one.wakeUpsPerSecond).toBeLessThanOrEqual(1);
    // A host as such is asked whether it lives and whether its pipe is there, a few times in ten seconds.
    expect(many.wakeUpsPerSecond - none.wakeUpsPerSecond).toBeLessThanOrEqual(2);
  },
);
