import { expect, test } from 'vitest';
import { ground, HAS_GROUND } from '../../support/ground.ts';

test.skipIf(!HAS_GROUND)(
  'a type whose requirement is missing says so in one line, and the others of its host go on (needs root, iproute2)',
  async () => {
    const { daemon } = await ground(
      'mount -t tmpfs empty /run; for ip in $(which -a ip); do mount --bind /dev/null "$(readlink -f "$ip")" || true; done',
    );
    const cases = [
      [
        'systemd-unit',
        { unit: 'nginx' },
        'systemd-unit needs systemd: neither /run/systemd/private nor /run/dbus/system_bus_socket is there',
      ],
      ['link', { interface: 'lo' }, 'link needs ip, which is not in /usr/local/sbin'],
      ['address', { address: '192.0.2.1/24', interface: 'lo' }, 'address needs ip, which is not in'],
    ] as const;
    const { client } = daemon;
    await client.request('resourceAdd', {
      resource: { name: 'app', type: 'generic-application', set: { command: 'sleep', args: ['100000'] } },
    });
    await daemon.online('app');
    for (const [type, set, reason] of cases) {
      await client.request('resourceAdd', {
        resource: { name: type, type, set: { ...set }, properties: { RestartAction: 'DontRestart' } },
      });
      await client.request('online', { names: [type] });
      const failed = await client.event((event) => event.resource === type && JSON.stringify(event).includes('needs'));
      expect(JSON.stringify(failed)).toContain(reason);
      expect(JSON.stringify(failed)).not.toContain('\\n');
    }
    expect(await daemon.status('app')).toMatchObject({ state: 'Online', incarnation: 1 });
    await client.request('offline', { names: ['app'] });
    await client.next('offline', 'app');
  },
);
