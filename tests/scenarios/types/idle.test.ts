import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ground, HAS_GROUND } from '../../support/ground.ts';
import { listening } from '../../support/servers.ts';
import { idleness } from '../../support/wake-ups.ts';

const EACH = 40;
/** What the host does as such: its ping, and a look after its pipe. */
const AS_SUCH_PER_SECOND = 3;

test.skipIf(!HAS_GROUND)(
  `${EACH} resources of each event-driven type wake their host no more often than none does (needs root, iproute2)`,
  { timeout: 90_000 },
  async () => {
    const { daemon, folder } = await ground('ip link add v0 type veth peer name v1; ip link set v1 up; ip link set v0 up');
    const service = join(folder, 'socket');
    await listening(() => {}, service);
    const makers: Readonly<Record<string, (index: number) => Record<string, string | number | boolean | string[]>>> = {
      'generic-application': () => ({ command: 'sleep', args: ['100000'], cwd: folder }),
      'tcp-lifeline': () => ({ path: service }),
      watch: () => ({ command: 'sleep', args: ['100000'], cwd: folder }),
      mount: (index) => ({ device: 'tmpfs', fstype: 'tmpfs', directory: join(folder, `m${index}`), makeDirectory: true }),
      address: (index) => ({ address: `192.0.2.${index + 1}/32`, interface: 'v0', announce: false }),
      link: () => ({ interface: 'v0' }),
    };
    const names: string[] = [];
    for (const [type, setOf] of Object.entries(makers)) {
      for (let index = 0; index < EACH; index++) {
        const name = `${type}-${index}`;
        names.push(name);
        await daemon.client.request('resourceAdd', { resource: { name, type, set: setOf(index) } });
      }
    }
    await daemon.online(...names);
    const host = (await daemon.status('link-0')).monitorProcessId ?? 0;
    // What was done just before leaves garbage to collect.
    await idleness(host, 3);
    const { wakeUpsPerSecond } = await idleness(host, 10);
    process.stdout.write(
      `${names.length} resources of ${Object.keys(makers).length} types: ${wakeUpsPerSecond.toFixed(1)} wake-ups a second\n`,
    );
    expect(wakeUpsPerSecond).toBeLessThanOrEqual(AS_SUCH_PER_SECOND);
    const after = daemon.client.seq;
    await daemon.client.request('offline', { names });
    await Promise.all(names.map((name) => daemon.client.next('offline', name, after, 60_000)));
  },
);
