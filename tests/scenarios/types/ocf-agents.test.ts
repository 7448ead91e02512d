import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isRunning } from '../../integration/resource-host/applications.ts';
import { atEndOfTest } from '../../support/at-end.ts';
import { TestDaemon } from '../../support/daemon.ts';
import { processesWith } from '../../support/leftovers.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { hasPrograms } from '../../support/toolchain.ts';

const AGENTS = '/usr/lib/ocf/resource.d/heartbeat';
const HAS_PACEMAKER = existsSync('/usr/lib/ocf/resource.d/pacemaker');
const isPossible = existsSync(AGENTS) && process.getuid?.() === 0 && hasPrograms('unshare', 'nsenter', 'ip');
const [POSTGRESQL = ''] = globSync('/usr/lib/postgresql/*/bin');

/** Where an agent works: a machine of its own as far as mounts and networks go. */
interface Ground {
  readonly folder: string;
  /** Runs it there. */
  run(command: string): string;
}

interface Case {
  readonly agent: string;
  readonly isInstalled?: boolean;
  parameters(ground: Ground): Record<string, string>;
  /** Run before the daemon starts, where it will run. */
  readonly prepare?: string;
  /** What ends it, in a shell; the folder is its working directory. */
  readonly fault: string;
  /** Whether the kernel tells of that, rather than the next monitor. */
  readonly isTold: boolean;
}

const CASES: readonly Case[] = [
  { agent: 'ocf:heartbeat:Dummy', parameters: ({ folder }) => ({ state: join(folder, 'dummy') }), fault: 'rm dummy', isTold: false },
  {
    agent: 'ocf:heartbeat:Delay',
    parameters: () => ({ startdelay: '1', stopdelay: '0', mondelay: '0' }),
    fault: 'rm /run/resource-agents/*Delay*',
    isTold: false,
  },
  {
    agent: 'ocf:pacemaker:Dummy',
    isInstalled: HAS_PACEMAKER,
    parameters: ({ folder }) => ({ state: join(folder, 'pacemaker'), op_sleep: '0' }),
    fault: 'rm pacemaker',
    isTold: false,
  },
  {
    agent: 'ocf:pacemaker:Stateful',
    isInstalled: HAS_PACEMAKER,
    parameters: ({ folder }) => ({ state: join(folder, 'stateful') }),
    fault: 'rm stateful',
    isTold: false,
  },
  {
    agent: 'ocf:heartbeat:anything',
    parameters: ({ folder }) => ({
      binfile: '/usr/bin/sleep',
      cmdline_options: '100000',
      pidfile: join(folder, 'anything.pid'),
      logfile: '/dev/null',
    }),
    fault: 'kill -9 $(cat anything.pid)',
    isTold: true,
  },
  {
    agent: 'ocf:heartbeat:symlink',
    parameters: ({ folder }) => ({ target: join(folder, 'target'), link: join(folder, 'link') }),
    fault: 'rm link',
    isTold: false,
  },
  {
    agent: 'ocf:heartbeat:IPaddr2',
    parameters: () => ({ ip: '192.0.2.10', cidr_netmask: '24', nic: 'net0' }),
    fault: 'ip addr del 192.0.2.10/24 dev net0',
    isTold: true,
  },
  {
    agent: 'ocf:heartbeat:iface-bridge',
    isInstalled: hasPrograms('brctl'),
    parameters: () => ({ bridge_name: 'net7' }),
    // What stands there is of the network in which it was mounted.
    prepare: 'mount -t sysfs sysfs /sys',
    fault: 'ip link del net7',
    isTold: true,
  },
  {
    agent: 'ocf:heartbeat:Route',
    parameters: () => ({ destination: '198.51.100.0/24', device: 'net0' }),
    fault: 'ip route del 198.51.100.0/24',
    isTold: true,
  },
  {
    agent: 'ocf:heartbeat:Filesystem',
    isInstalled: hasPrograms('modprobe'),
    parameters: ({ folder }) => ({ device: 'tmpfs', directory: join(folder, 'mounted'), fstype: 'tmpfs', options: 'size=1m' }),
    fault: 'umount mounted',
    isTold: true,
  },
  {
    agent: 'ocf:heartbeat:Filesystem',
    isInstalled: hasPrograms('modprobe'),
    parameters: ({ folder }) => ({ device: folder, directory: join(folder, 'bound'), fstype: 'none', options: 'bind' }),
    fault: 'umount bound',
    isTold: true,
  },
  {
    agent: 'ocf:heartbeat:nginx',
    isInstalled: hasPrograms('nginx'),
    parameters: ({ folder }) => ({
      configfile: nginxConfiguration(folder),
      httpd: '/usr/sbin/nginx',
      status10url: 'http://127.0.0.1:8099/',
      port: '8099',
    }),
    // The worker survives its master and keeps the port: the agent then says that it stopped, and cannot start again.
    fault: 'kill -9 $(cat nginx.pid)',
    isTold: true,
  },
  {
    agent: 'ocf:heartbeat:apache',
    isInstalled: hasPrograms('apache2', 'curl'),
    parameters: ({ folder }) => ({
      configfile: apacheConfiguration(folder),
      httpd: '/usr/sbin/apache2',
      statusurl: 'http://127.0.0.1:8098/',
      client: 'curl',
      testregex: '.*',
    }),
    fault: 'kill -9 $(cat apache.pid)',
    isTold: true,
  },
  {
    agent: 'ocf:heartbeat:pgsql',
    isInstalled: POSTGRESQL !== '',
    parameters: ({ folder }) => ({
      pgctl: join(POSTGRESQL, 'pg_ctl'),
      psql: '/usr/bin/psql',
      pgdata: postgresqlData(folder),
      pgport: '5444',
      config: join(folder, 'pgdata/postgresql.conf'),
      logfile: join(folder, 'pgdata/log'),
      socketdir: join(folder, 'pgdata'),
      start_opt: '-p 5444',
    }),
    fault: 'kill -9 $(head -1 pgdata/postmaster.pid)',
    isTold: true,
  },
  {
    agent: 'ocf:heartbeat:redis',
    isInstalled: hasPrograms('redis-server'),
    parameters: ({ folder }) => redisParameters(folder),
    fault: 'kill -9 $(cat redis/redis.pid)',
    isTold: true,
  },
];

/** A daemon in namespaces of its own, with one interface. */
async function ground(before = 'true'): Promise<Ground & { daemon: TestDaemon }> {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  const daemon = new TestDaemon();
  const prepare = `${before} && ip link set lo up && ip link add net0 type bridge && ip addr add 192.0.2.1/24 dev net0 && ip link set net0 up && exec "$@"`;
  daemon.prefix = ['unshare', '--mount', '--net', '/bin/sh', '-c', prepare, 'sh'];
  atEndOfTest(async () => {
    await daemon.end();
    for (const pid of startedBy(daemon)) process.kill(pid, 'SIGKILL');
  });
  await daemon.up();
  const run = (command: string): string =>
    execFileSync('nsenter', ['--target', String(daemon.pid), '--mount', '--net', `--wd=${folder}`, '/bin/sh', '-c', command], {
      encoding: 'utf8',
    });
  return { daemon, folder, run };
}

/** What its agents have left running, as far as that has kept its environment. */
function startedBy(daemon: TestDaemon): number[] {
  const ofDaemon = new Set(processesWith(`ANDON_EVENT_HANDLE=${daemon.folder}/run/ev/ocf-agent`));
  return processesWith('ANDON_RESOURCE=it').filter((pid) => ofDaemon.has(pid) && isRunning(pid));
}

describe.skipIf(!isPossible)('agents of Debian, unmodified (needs resource-agents, root, util-linux, iproute2)', () => {
  test.for(CASES.map((one) => ({ ...one, skip: one.isInstalled === false })))(
    '$agent is brought online, fails, is recovered, goes offline and leaves nothing',
    { timeout: 60_000 },
    async ({ agent, parameters, prepare, fault, isTold, skip }, { skip: skipTest }) => {
      if (skip) return skipTest(`${agent}: its program is not installed`);
      const { daemon, folder, run } = await ground(prepare);
      const before = run('ip -4 -o addr; ip -4 route; cat /proc/self/mounts');
      // Where the kernel tells, no monitor comes for the whole test.
      const set = {
        agent,
        parameters: parameters({ folder, run }),
        clusterTools: 'allow',
        monitorMs: isTold ? 600_000 : 200,
        deepMonitorMs: 600_000,
      };
      await daemon.client.request('resourceAdd', { resource: { name: 'it', type: 'ocf-agent', set, properties: { RestartDelay: 10 } } });
      await daemon.online('it');
      run(fault);
      await daemon.client.event(({ kind, resource, incarnation }) => kind === 'online' && resource === 'it' && incarnation === 2, 40_000);
      expect(daemon.client.kinds('it').filter((kind) => kind === 'terminateCalled')).toHaveLength(1);
      const failed = await daemon.client.next('failed', 'it');
      expect(failed).toMatchObject({ source: isTold ? 'failureRecord' : 'isAlive' });
      await daemon.client.request('offline', { names: ['it'] });
      await daemon.client.next('offline', 'it', 0, 40_000);
      expect(run('ip -4 -o addr; ip -4 route; cat /proc/self/mounts')).toBe(before);
      expect(startedBy(daemon)).toEqual([]);
    },
  );
});

function nginxConfiguration(folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n');
  writeFileSync(join(folder, 'index.html'), 'Active connections');
  writeFileSync(
    join(folder, 'nginx.conf'),
    `pid ${folder}/nginx.pid;\nerror_log ${folder}/error.log;\nworker_processes 1;\nevents {}\nhttp {\naccess_log off;\n${temporary}\nserver {\nlisten 127.0.0.1:8099;\nroot ${folder};\n}\n}\n`,
  );
  return join(folder, 'nginx.conf');
}

function apacheConfiguration(folder: string): string {
  writeFileSync(join(folder, 'index.html'), '<html><body>well</body></html>');
  const modules = ['mpm_event', 'authz_core', 'dir', 'mime'].map(
    (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
  );
  writeFileSync(
    join(folder, 'apache.conf'),
    [
      ...modules,
      `ServerRoot ${folder}`,
      'ServerName localhost',
      'Listen 127.0.0.1:8098',
      `PidFile ${folder}/apache.pid`,
      `ErrorLog ${folder}/apache.log`,
      'TypesConfig /etc/mime.types',
      `DocumentRoot ${folder}`,
      'DirectoryIndex index.html',
      'User www-data',
      'Group www-data',
      `<Directory ${folder}>`,
      'Require all granted',
      '</Directory>',
      '',
    ].join('\n'),
  );
  return join(folder, 'apache.conf');
}

function postgresqlData(folder: string): string {
  const data = join(folder, 'pgdata');
  mkdirSync(data);
  execFileSync('chown', ['postgres:postgres', folder, data]);
  execFileSync(
    'setpriv',
    ['--reuid=postgres', '--regid=postgres', '--init-groups', join(POSTGRESQL, 'initdb'), '-D', data, '-A', 'trust', '--no-sync'],
    { cwd: folder, stdio: 'ignore' },
  );
  writeFileSync(join(data, 'postgresql.conf'), `listen_addresses = '127.0.0.1'\nunix_socket_directories = '${data}'\nfsync = off\n`);
  return data;
}

function redisParameters(folder: string): Record<string, string> {
  const own = join(folder, 'redis');
  mkdirSync(own);
  copyFileSync('/etc/redis/redis.conf', join(own, 'redis.conf'));
  const text = readFileSync(join(own, 'redis.conf'), 'utf8').replace(/^(dir|logfile|pidfile|daemonize|supervised|save|port) .*$/gm, '');
  writeFileSync(join(own, 'redis.conf'), `${text}\ndir ${own}\nlogfile ${own}/redis.log\nport 6399\nsave ""\n`);
  execFileSync('chown', ['-R', 'redis:redis', own]);
  execFileSync('chmod', ['755', folder]);
  return {
    bin: '/usr/bin/redis-server',
    client_bin: '/usr/bin/redis-cli',
    config: join(own, 'redis.conf'),
    rundir: own,
    pidfile_name: 'redis.pid',
    socket_name: 'redis.sock',
    user: 'redis',
    port: '6399',
  };
}
