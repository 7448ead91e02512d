import type { ServiceStatus, StatusDocument } from '@andon/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, Machine, NODE, whyNoMachine } from '../support/systemd/machine.ts';

const HOST = '/opt/andon/tests/fixtures/hosts/scripted-host.ts';
const HANG = '/opt/andon/tests/fixtures/hang.js';
/** Written by the host; gone with a "reboot". */
const JOURNAL = '/dev/shm/journal';

interface Places {
  readonly unit: string;
  readonly runtime: string;
  readonly configuration: string;
  /** Where `andon` is found without its path. */
  readonly bin: string;
}
const PLACES: Readonly<Record<'system' | 'user', Places>> = {
  system: { unit: '/etc/systemd/system/andond.service', runtime: '/run/andon', bin: '/usr/local/bin', configuration: '/etc/andon' },
  user: {
    unit: '/home/ada/.config/systemd/user/andond.service',
    runtime: '/run/user/1000/andon',
    bin: '/home/ada/.local/bin',
    configuration: '/home/ada/.config/andon',
  },
};

/** The life of a service, from its installation to its last trace. Each part goes on from where the one before it ended. */
export function tellStory(mode: 'system' | 'user'): void {
  const why = whyNoMachine();
  describe.skipIf(why !== null)(
    `a service of ${mode === 'system' ? 'the system' : 'one user'}${why === null ? '' : ` (skipped: ${why})`}`,
    () => {
      const { unit, runtime, bin, configuration } = PLACES[mode];
      let machine: Machine;
      let before: string[];

      beforeAll(async () => {
        machine = new Machine(mode);
        await machine.boot();
        before = await machine.tree();
      });
      afterAll(() => machine.remove());

      const andon = (...args: string[]): Promise<string> => machine.must([NODE, '/opt/andon/cli/bin/andon.js', ...args]);
      const status = async (): Promise<StatusDocument> => JSON.parse(await andon('status', '--json')) as StatusDocument;
      const service = async (): Promise<ServiceStatus> =>
        JSON.parse((await machine.andon('service', 'status', '--json')).stdout) as ServiceStatus;
      const stateOf = async (name: string) => (await status()).resources.find((resource) => resource.name === name);
      const calls = async (method: string): Promise<string[]> => {
        const { stdout } = await machine.run(['cat', JOURNAL]);
        const entries = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, unknown>]));
        return entries.filter((entry) => entry['event'] === 'call' && entry['method'] === method).map((entry) => String(entry['resource']));
      };
      const write = async (name: string, text: string): Promise<void> => {
        await machine.must(['sh', '-c', 'mkdir -p "$(dirname "$0")"; printf %s "$1" > "$0"', `${configuration}/${name}`, text]);
      };
      /** What survives a daemon. */
      const identity = async (): Promise<unknown> => {
        const { hosts, resources } = await status();
        const pipes = await Promise.all(hosts.map(({ id }) => machine.must(['stat', '-c', '%n %i', `${runtime}/ev/${id}`])));
        return {
          hosts: hosts.map(({ id, pid }) => [id, pid]),
          pipes,
          incarnations: resources.map(({ name, incarnation }) => [name, incarnation]),
        };
      };

      test('says that there is none', async () => {
        const { code, stdout } = await machine.andon('service', 'status');
        expect(stdout).toContain('not installed');
        expect(code).toBe(3);
        expect(await service()).toMatchObject({ installed: false, active: 'inactive', pid: null, scope: mode });
        const { code: removed, stderr } = await machine.andon('service', 'uninstall');
        expect(stderr).toContain('is not installed');
        expect(removed).toBe(0);
      });

      test('is installed, and answers from that moment on', async () => {
        const { code, stderr } = await machine.andon('service', 'install');
        expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('andond runs as a service, pid') as string });
        const { daemon } = await status();
        expect(daemon).toMatchObject({ serviceManager: 'systemd', scope: mode, runtimeDir: runtime });
        expect(await service()).toMatchObject({
          installed: true,
          upToDate: true,
          enabled: true,
          active: 'active',
          pid: daemon.pid,
          unit,
          node: NODE,
        });
        expect(stderr.includes('loginctl enable-linger ada')).toBe(mode === 'user');
        expect(await machine.must(['readlink', `${bin}/andon`])).toBe('/opt/andon/cli/bin/andon.js\n');
      });

      test('has a unit in which systemd finds nothing to complain of', async () => {
        const flags = mode === 'user' ? ['--user'] : [];
        const { code, stderr } = await machine.run(['systemd-analyze', ...flags, 'verify', unit]);
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      });

      test('is not installed twice', async () => {
        const stat = ['stat', '-c', '%i %Y', unit];
        const file = await machine.must(stat);
        const { daemon } = await status();
        const { stderr } = await machine.andon('service', 'install');
        expect(stderr).toContain('is as it should be');
        expect(await machine.must(stat)).toBe(file);
        expect((await status()).daemon.pid).toBe(daemon.pid);
      });

      test('tells systemd how its resources are', async () => {
        await andon('type', 'register', '--name', 'scripted', '--', NODE, HOST, '--journal', JOURNAL);
        await andon('resource', 'add', 'db', '--type', 'scripted', '--property', 'RestartDelay=10');
        await andon('resource', 'add', 'web', '--type', 'scripted', '--property', 'RestartDelay=10', '--depends-on', '[db]');
        await andon('online', 'web', 'db');
        await eventually('systemd knows', async () => (await service()).statusText === '2 resources: 2 Online');
      });

      test('reads its configuration again, and refuses a wrong one', async () => {
        await write('andon.toml', '[daemon]\nstop-limit-ms = 1500\n');
        await write('resources.d/extra.toml', '[[resource]]\nname = "extra"\ntype = "scripted"\n');
        const reloaded = await machine.systemctl('reload', 'andond');
        expect({ code: reloaded.code, stderr: reloaded.stderr }).toEqual({ code: 0, stderr: '' });
        expect(await stateOf('extra')).toMatchObject({ state: 'Offline' });

        await write('resources.d/extra.toml', '[[resource]]\nname = "extra"\ntypo = "scripted"\n');
        expect((await machine.systemctl('reload', 'andond')).code).not.toBe(0);
        expect(await stateOf('extra')).toMatchObject({ state: 'Offline', type: 'scripted' });
        expect(await machine.show('ActiveState', 'SubState')).toMatchObject({ ActiveState: 'active', SubState: 'running' });
        if (mode === 'system') expect(await machine.must(['journalctl', '-u', 'andond', '--grep', 'typo'])).toContain('extra.toml');

        await machine.must(['rm', `${configuration}/resources.d/extra.toml`]);
        expect((await machine.systemctl('reload', 'andond')).code).toBe(0);
        expect(await stateOf('extra')).toBeUndefined();
      });

      test('is upgraded while hosts and resources stay', async () => {
        // From here on its watchdog is a short one.
        await machine.must(['mkdir', `${unit}.d`]);
        await machine.must(['sh', '-c', `printf '[Service]\\nWatchdogSec=1\\n' > ${unit}.d/watchdog.conf`]);
        await machine.systemctl('daemon-reload');
        const [old, kept] = [await status(), await identity()];
        const upgraded = JSON.parse(await andon('daemon', 'upgrade', '--json')) as Record<string, unknown>;
        const { daemon } = await status();
        expect(upgraded).toMatchObject({
          ok: true,
          by: 'systemd',
          from: { pid: old.daemon.pid },
          to: { pid: daemon.pid },
          hosts: { kept: 1, lost: [] },
          resources: { kept: 2, lost: [] },
        });
        expect(daemon.pid).not.toBe(old.daemon.pid);
        expect(await identity()).toEqual(kept);
        expect(await calls('offline')).toEqual([]);
        if (mode === 'system')
          expect((await machine.run(['journalctl', '-u', 'andond', '--grep', 'Failed with result'])).stdout).not.toContain('Failed');
      });

      test('is killed by the watchdog when its loop hangs, and loses no failure meanwhile', async () => {
        const [{ daemon, hosts }, { incarnation } = { incarnation: 0 }] = [await status(), await stateOf('web')];
        const restarts = (await service()).restarts;
        const pipe = `${runtime}/ev/${hosts[0]?.id}`;
        const inode = await machine.must(['stat', '-c', '%i', pipe]);
        await machine.must([NODE, HANG, String(daemon.pid)]);
        await machine.must(['sh', '-c', `echo 'web@${incarnation} the disk is gone' > ${pipe}`]);
        await eventually('systemd starts it again', async () => (await service()).restarts > restarts);
        await eventually(
          'web is back',
          async () => (await machine.andon('status')).code === 0 && (await stateOf('web'))?.incarnation === incarnation + 1,
        );
        await eventually('web is Online', async () => (await stateOf('web'))?.state === 'Online');
        const after = await status();
        expect(after.daemon.pid).not.toBe(daemon.pid);
        expect(after.hosts.map(({ pid }) => pid)).toEqual(hosts.map(({ pid }) => pid));
        expect(await machine.must(['stat', '-c', '%i', pipe])).toBe(inode);
        expect(await calls('terminate')).toEqual(['web']);
        expect((await stateOf('db'))?.incarnation).toBe(1);
      });

      // A user may not mount.
      if (mode === 'system') {
        test('leaves what resources start unrestricted', async () => {
          const set = ['--set', 'command=/bin/sh', '--set', 'args=["-c","mount -t tmpfs mine /mnt; exec sleep 1000"]'];
          await andon('resource', 'add', 'disk', '--type', 'generic-application', ...set);
          await andon('online', 'disk');
          const pid = /pid (\d+)/.exec((await stateOf('disk'))?.statusText ?? '')?.[1];
          // What process 1 sees, everybody does.
          await eventually('the mount is there', async () => (await machine.must(['cat', '/proc/1/mounts'])).includes('mine /mnt'));
          const rights = (of = ''): Promise<string> =>
            machine.must(['grep', '-E', 'Cap(Eff|Bnd)|NoNewPrivs|Seccomp:', `/proc/${of}/status`]);
          expect(await rights(pid)).toBe(await rights('1'));
          await andon('resource', 'remove', 'disk', '--force');
          await machine.must(['umount', '/mnt']);
        });
      }

      test('takes its resources offline in order when it is stopped', async () => {
        await machine.must(['truncate', '-s', '0', JOURNAL]);
        const [{ hosts }, stopped] = [await status(), await machine.systemctl('stop', 'andond')];
        expect(stopped.code).toBe(0);
        expect(await calls('offline')).toEqual(['web', 'db']);
        expect(await machine.show('ActiveState', 'Result', 'ExecMainStatus')).toMatchObject({
          ActiveState: 'inactive',
          Result: 'success',
          ExecMainStatus: '0',
        });
        for (const { pid } of hosts) expect((await machine.run(['test', '-e', `/proc/${pid}`])).code).toBe(1);
        expect((await machine.andon('service', 'status')).code).toBe(3);
      });

      test('brings them back when it is started', async () => {
        expect((await machine.systemctl('start', 'andond')).code).toBe(0);
        await eventually('both are Online', async () => (await service()).statusText === '2 resources: 2 Online');
      });

      test('says which resource did not get offline in time, and ends all the same', async () => {
        await andon('resource', 'add', 'slow', '--type', 'scripted', '--set', 'script={"offline":"pending"}');
        await andon('online', 'slow');
        const { hosts } = await status();
        expect((await machine.systemctl('stop', 'andond')).code).toBe(0);
        expect(await machine.show('ActiveState', 'Result', 'ExecMainStatus')).toMatchObject({ Result: 'exit-code', ExecMainStatus: '1' });
        for (const { pid } of hosts) expect((await machine.run(['test', '-e', `/proc/${pid}`])).code).toBe(1);
        if (mode === 'system') {
          await machine.must(['journalctl', '--sync']);
          expect(await machine.must(['journalctl', '-u', 'andond', '--priority=err', '--grep', 'slow'])).toContain('1500');
        }
        await machine.systemctl('start', 'andond');
        // What was left of it is looked for first; then it is brought to what is wanted.
        await eventually('slow is Online', async () => (await stateOf('slow'))?.state === 'Online');
        await andon('control', 'slow', 'do', '{"action":"script","script":{"offline":"ok"}}');
        await andon('resource', 'remove', 'slow', '--force');
        await eventually('both are Online', async () => (await service()).statusText === '2 resources: 2 Online');
      });

      test('starts with the machine, and restores what was wanted in the order of dependencies', async () => {
        const { daemon } = await status();
        await machine.powerOff();
        await machine.boot();
        await eventually('it answers', async () => (await machine.andon('status')).code === 0);
        await eventually('both are Online', async () => (await service()).statusText === '2 resources: 2 Online');
        expect((await status()).daemon.epoch).toBe(daemon.epoch + 1);
        expect(await calls('online')).toEqual(['db', 'web']);
      });

      test('is uninstalled without a trace', async () => {
        const { hosts } = await status();
        const kept = await machine.andon('service', 'uninstall', '--purge');
        expect({ code: kept.code, stderr: kept.stderr }).toEqual({ code: 0, stderr: expect.stringContaining(`removed ${unit}`) as string });
        for (const { pid } of hosts) expect((await machine.run(['test', '-e', `/proc/${pid}`])).code).toBe(1);
        expect((await machine.systemctl('list-unit-files', 'andond.service', '--no-legend')).stdout).toBe('');
        expect(await machine.tree()).toEqual(before);
      });
    },
  );
}
