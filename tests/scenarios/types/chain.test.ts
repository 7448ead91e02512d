import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applicationsIn } from '../../integration/resource-host/applications.ts';
import { ground, HAS_GROUND } from '../../support/ground.ts';
import { hasPrograms } from '../../support/toolchain.ts';

const [POSTGRESQL = ''] = globSync('/usr/lib/postgresql/*/bin');
const isPossible = HAS_GROUND && POSTGRESQL !== '' && hasPrograms('nginx', 'setpriv');

test.skipIf(!isPossible)(
  'address, mount, PostgreSQL and nginx come and go in order, and what fails takes along what needs it (needs root, postgresql, nginx)',
  { timeout: 60_000 },
  async () => {
    const here = await ground('ip link add v0 type veth peer name v1; ip link set v1 up; ip link set v0 up');
    const { daemon, folder, run } = here;
    const { client } = daemon;
    const before = here.state();
    const data = join(folder, 'data');
    const add = (name: string, type: string, set: Record<string, string | number | boolean | string[]>, dependsOn = ''): Promise<unknown> =>
      client.request('resourceAdd', { resource: { name, type, set, dependsOn, properties: { RestartDelay: 10 } } });
    await add('vip', 'address', { address: '192.0.2.10/24', interface: 'v0' });
    await add('disk', 'mount', { device: 'tmpfs', directory: data, fstype: 'tmpfs', makeDirectory: true, stopTimeoutMs: 5_000 }, '[vip]');
    const settings = ['listen_addresses=192.0.2.10', `unix_socket_directories=${data}`, 'fsync=off'].flatMap((one) => ['-c', one]);
    const args = ['-D', join(data, 'db'), '-p', '5499', ...settings];
    const database = {
      command: join(POSTGRESQL, 'postgres'),
      args,
      cwd: folder,
      user: 'postgres',
      readyHost: '192.0.2.10',
      readyPort: 5_499,
    };
    await add('db', 'generic-application', database, '[disk]');
    await add(
      'web',
      'generic-application',
      { command: 'nginx', args: ['-c', nginx(folder)], cwd: folder, readyHost: '192.0.2.10', readyPort: 8_099 },
      '[db]',
    );
    await client.request('online', { names: ['disk'] });
    await client.next('online', 'disk');
    run(
      `mkdir data/db && chown postgres: data data/db && chmod 700 data/db && setpriv --reuid=postgres --regid=postgres --init-groups ${POSTGRESQL}/initdb -D data/db -A trust --no-sync`,
    );

    await client.request('online', { names: ['web'] });
    await client.next('online', 'web');
    expect(order('online', client.events)).toEqual(['vip', 'disk', 'db', 'web']);

    const after = client.seq;
    run('kill -9 "$(head -1 data/db/postmaster.pid)"');
    await client.next('online', 'web', after);
    const story = client.events.filter(({ seq }) => seq > after);
    expect(story.flatMap(({ kind, resource }) => (kind === 'failed' ? [resource] : []))).toEqual(['db']);
    // The database is Offline for a moment as well, if its restart is due while nginx still goes down.
    const [webIsDown = 0] = story.flatMap(({ seq, kind, resource }) => (kind === 'offline' && resource === 'web' ? [seq] : []));
    expect(webIsDown).toBeGreaterThan(0);
    expect(order('initializing', story.slice(story.findIndex(({ seq }) => seq === webIsDown)))).toEqual(['db', 'web']);
    expect(order('online', story)).toEqual(['db', 'web']);

    const end = client.seq;
    await client.request('offline', { names: ['web', 'db', 'disk', 'vip'] });
    await client.next('offline', 'vip', end);
    expect(
      order(
        'offline',
        client.events.filter(({ seq }) => seq > end),
      ),
    ).toEqual(['web', 'db', 'disk', 'vip']);
    expect(here.state()).toBe(before);
    expect(applicationsIn(folder)).toEqual([]);
  },
);

function order(kind: string, events: readonly { readonly kind: string; readonly resource: string | null }[]): (string | null)[] {
  return events.filter((event) => event.kind === kind).map(({ resource }) => resource);
}

function nginx(folder: string): string {
  mkdirSync(join(folder, 'www'));
  execFileSync('chmod', ['755', join(folder, 'www')]);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/www/${kind};`)
    .join(' ');
  const text = `daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log; events {}
http { access_log off; ${temporary} server { listen 192.0.2.10:8099; root ${folder}/www; } }
`;
  writeFileSync(join(folder, 'nginx.conf'), text);
  return join(folder, 'nginx.conf');
}
