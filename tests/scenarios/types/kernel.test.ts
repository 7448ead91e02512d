import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TestDaemon } from '../../support/daemon.ts';
import { ground, type Ground, HAS_GROUND } from '../../support/ground.ts';
import { happened } from '../../support/history.ts';
import { hasPrograms } from '../../support/toolchain.ts';

const VETH = 'ip link add v0 type veth peer name v1; ip link set v1 up; ip link set v0 up';

async function add(daemon: TestDaemon, type: string, set: Record<string, string | number | boolean>, name = 'it'): Promise<void> {
  await daemon.client.request('resourceAdd', { resource: { name, type, set, properties: { RestartDelay: 10 } } });
}

/** The reason of its first failure after `afterSeq`, once it is Online under this incarnation. */
async function recoveredAs(daemon: TestDaemon, incarnation: number): Promise<string> {
  await happened(daemon, ({ kind, resource, ...event }) => kind === 'online' && resource === 'it' && event.incarnation === incarnation);
  const failed = await happened(
    daemon,
    (event) => event.kind === 'failed' && event.resource === 'it' && event.incarnation === incarnation - 1,
  );
  expect(failed).toMatchObject({ source: 'failureRecord' });
  return String(Object(failed).reason);
}

async function offline(daemon: TestDaemon): Promise<void> {
  const after = daemon.client.seq;
  await daemon.client.request('offline', { names: ['it'] });
  await daemon.client.next('offline', 'it', after);
}

describe.skipIf(!HAS_GROUND)('mount (needs root, util-linux)', () => {
  function idOf({ run }: Ground, directory: string): string {
    return run(`grep ' ${directory} ' /proc/self/mountinfo || true`).split(' ')[0] ?? '';
  }

  test('a file system that is unmounted or made read-only has failed, and is mounted again', async () => {
    const here = await ground();
    const { daemon, folder, run } = here;
    const directory = join(folder, 'data');
    const before = here.state();
    await add(daemon, 'mount', { device: 'tmpfs', fstype: 'tmpfs', directory, makeDirectory: true, options: 'size=1m' });
    await daemon.online('it');
    expect(await daemon.status('it')).toMatchObject({ contract: 'event', statusText: 'tmpfs (tmpfs)' });
    run(`umount ${directory}`);
    expect(await recoveredAs(daemon, 2)).toBe(`${directory} was unmounted`);
    run(`mount -o remount,ro ${directory}`);
    expect(await recoveredAs(daemon, 3)).toBe(`${directory} has become read-only`);
    await offline(daemon);
    expect(here.state()).toBe(before);
    expect(run('ls')).not.toContain('data');
  });

  test('a directory behind a symbolic link is known as well', async () => {
    const { daemon, folder, run } = await ground();
    mkdirSync(join(folder, 'real'));
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    await add(daemon, 'mount', { device: 'tmpfs', fstype: 'tmpfs', directory: join(folder, 'link/data'), makeDirectory: true });
    await daemon.online('it');
    run(`umount ${folder}/real/data`);
    expect(await recoveredAs(daemon, 2)).toContain('was unmounted');
    await offline(daemon);
    expect(run(`grep -c ' ${folder}/real/data ' /proc/self/mountinfo || true`).trim()).toBe('0');
  });

  test('a file system that is covered by another has failed', async () => {
    const { daemon, folder, run } = await ground();
    const directory = join(folder, 'data');
    await add(daemon, 'mount', { device: 'tmpfs', fstype: 'tmpfs', directory, makeDirectory: true });
    await daemon.online('it');
    run(`mount -t ramfs other ${directory}`);
    expect(await daemon.client.next('failed', 'it')).toMatchObject({ reason: `${directory} is covered by another mount: other (ramfs)` });
  });

  test('outlives kill -9 of its host and of the daemon, and is not mounted twice', async () => {
    const here = await ground('mount -t tmpfs keeper /mnt');
    const { daemon, folder, run } = here;
    const directory = join(folder, 'data');
    await add(daemon, 'mount', { device: 'tmpfs', fstype: 'tmpfs', directory, makeDirectory: true });
    await daemon.online('it');
    const id = idOf(here, directory);
    process.kill((await daemon.status('it')).monitorProcessId ?? 0, 'SIGKILL');
    await happened(daemon, ({ kind, resource, incarnation }) => kind === 'online' && resource === 'it' && incarnation === 2);
    expect(idOf(here, directory)).toBe(id);
    expect(run(`grep -c ' ${directory} ' /proc/self/mountinfo`).trim()).toBe('1');
    const host = (await daemon.status('it')).monitorProcessId ?? 0;
    await daemon.crash();
    daemon.prefix = ['nsenter', '--target', String(host), '--mount', '--net'];
    await daemon.up();
    await happened(daemon, ({ kind }) => kind === 'hostAdopted');
    expect(await daemon.status('it')).toMatchObject({ state: 'Online', incarnation: 2 });
    expect(idOf(here, directory)).toBe(id);
    run(`umount ${directory}`);
    await recoveredAs(daemon, 3);
    await offline(daemon);
    expect(run(`grep -c ' ${directory} ' /proc/self/mountinfo || true`).trim()).toBe('0');
  });

  test('in use: offline says by whom; with killUsers it ends them', async () => {
    const { daemon, folder, run } = await ground();
    const directory = join(folder, 'data');
    await add(daemon, 'mount', { device: 'tmpfs', fstype: 'tmpfs', directory, makeDirectory: true, stopTimeoutMs: 300 });
    await daemon.online('it');
    run(`cd ${directory} && { sleep 600 & } >/dev/null 2>&1`);
    await daemon.client.request('offline', { names: ['it'] });
    const ended = await daemon.client.next('terminateCalled', 'it');
    expect(ended).toMatchObject({ cause: 'offlineError', reason: expect.stringMatching(/target is busy.*; used by pid \d+ \(sleep\)/) });
    await daemon.client.next('offline', 'it');
    // Terminate has taken it out of sight.
    expect(run(`grep -c ' ${directory} ' /proc/self/mountinfo || true`).trim()).toBe('0');
    await daemon.client.request('resourceSet', { name: 'it', set: { killUsers: true } });
    await daemon.online('it');
    run(`cd ${directory} && { sleep 600 & } >/dev/null 2>&1`);
    await offline(daemon);
    expect(run(`grep -c ' ${directory} ' /proc/self/mountinfo || true`).trim()).toBe('0');
  });

  test('of a folder (bind), and of an image (loop), is known again', async () => {
    const { daemon, folder, run } = await ground();
    mkdirSync(join(folder, 'src'));
    const kinds = [{ device: join(folder, 'src'), fstype: 'none', options: 'bind' }];
    if (hasPrograms('mkfs.ext4')) {
      run('truncate -s 8M img && mkfs.ext4 -q img');
      kinds.push({ device: join(folder, 'img'), fstype: 'ext4', options: 'loop' });
    }
    for (const [index, kind] of kinds.entries()) {
      const name = `m${index}`;
      const directory = join(folder, name);
      await add(daemon, 'mount', { ...kind, directory, makeDirectory: true }, name);
      await daemon.online(name);
      process.kill((await daemon.status(name)).monitorProcessId ?? 0, 'SIGKILL');
      await daemon.client.event((event) => event.kind === 'online' && event.resource === name && event.incarnation === 2);
      expect(run(`grep -c ' ${directory} ' /proc/self/mountinfo`).trim()).toBe('1');
      const after = daemon.client.seq;
      await daemon.client.request('offline', { names: [name] });
      await daemon.client.next('offline', name, after);
      expect(run(`grep -c ' ${directory} ' /proc/self/mountinfo || true`).trim()).toBe('0');
      await daemon.client.request('resourceRemove', { name, force: true });
    }
  });

  test('is not put over another mount, and isAlive writes and reads', async () => {
    const { daemon, folder, run } = await ground();
    const directory = join(folder, 'data');
    mkdirSync(directory);
    run(`mount -t ramfs other ${directory}`);
    await add(daemon, 'mount', { device: 'tmpfs', fstype: 'tmpfs', directory, options: 'size=4k' });
    await daemon.client.request('online', { names: ['it'] });
    expect(Object(await daemon.client.next('failed', 'it')).reason).toContain('has another mount: other (ramfs)');
    await daemon.client.request('resourceSet', { name: 'it', properties: { IsAlivePollInterval: 50 } });
    run(`umount ${directory}`);
    await daemon.client.next('online', 'it');
    run(`head -c 4096 /dev/zero > ${directory}/full || true`);
    expect(await daemon.client.next('failed', 'it', daemon.client.seq)).toMatchObject({
      source: 'isAlive',
      reason: expect.stringContaining('writing a file and reading it back'),
    });
  });
});

describe.skipIf(!HAS_GROUND)('address (needs root, iproute2)', () => {
  test.each(['192.0.2.10/24', '2001:db8::10/64'])(
    '%s that somebody removes has failed, and is added again',
    { timeout: 30_000 },
    async (address) => {
      const here = await ground(VETH);
      const { daemon, run } = here;
      const before = here.state();
      await add(daemon, 'address', { address, interface: 'v0' });
      await daemon.online('it');
      expect(run('ip -o addr show dev v0')).toContain(` ${address} `);
      run(`ip addr del ${address} dev v0`);
      expect(await recoveredAs(daemon, 2)).toBe(`address ${address} is not on v0`);
      process.kill((await daemon.status('it')).monitorProcessId ?? 0, 'SIGKILL');
      await happened(daemon, ({ kind, resource, incarnation }) => kind === 'online' && resource === 'it' && incarnation === 3);
      expect(run('ip -o addr show dev v0').split(` ${address} `)).toHaveLength(2);
      await offline(daemon);
      expect(here.state()).toBe(before);
      expect(run('ip -o addr show dev v0')).not.toContain(` ${address} `);
    },
  );

  test('whose interface loses its carrier has failed, and comes back with it', async () => {
    const { daemon, run } = await ground(VETH);
    await add(daemon, 'address', { address: '192.0.2.10/24', interface: 'v0', onlineTimeoutMs: 20_000 });
    await daemon.online('it');
    run('ip link set v1 down');
    expect(await daemon.client.next('failed', 'it')).toMatchObject({ source: 'failureRecord', reason: 'interface v0 has no carrier' });
    await daemon.client.next('onlinePending', 'it', daemon.client.seq);
    run('ip link set v1 up');
    await recoveredAs(daemon, 2);
  });

  test('that cannot be added says why', async () => {
    const { daemon } = await ground();
    await add(daemon, 'address', { address: '192.0.2.10/24', interface: 'nope' });
    await daemon.client.request('online', { names: ['it'] });
    expect(Object(await daemon.client.next('failed', 'it')).reason).toContain('Cannot find device "nope"');
  });
});

describe.skipIf(!HAS_GROUND)('link (needs root, iproute2)', () => {
  test.each([
    ['ip link set v1 down', 'interface v0 has no carrier', 'ip link set v1 up'],
    ['ip link set v0 down', 'interface v0 is down', 'ip link set v0 up'],
    ['ip link del v0', 'there is no interface v0', VETH],
  ])('%s: %s', async (fault, reason, remedy) => {
    const { daemon, run } = await ground(VETH);
    await add(daemon, 'link', { interface: 'v0' });
    await daemon.online('it');
    run(fault);
    expect(await daemon.client.next('failed', 'it')).toMatchObject({ source: 'failureRecord', reason });
    await daemon.client.next('onlinePending', 'it', daemon.client.seq - 1);
    run(remedy);
    await recoveredAs(daemon, 2);
  });

  test('with setUp it is set up and down', async () => {
    const { daemon, run } = await ground(`${VETH}; ip link set v0 down`);
    await add(daemon, 'link', { interface: 'v0', setUp: true });
    await daemon.online('it');
    await offline(daemon);
    expect(run('ip -o link show v0')).toContain('state DOWN');
  });
});

test.skipIf(!HAS_GROUND)('200 links cost no thread more than one (needs root, iproute2)', { timeout: 60_000 }, async () => {
  const { daemon, folder } = await ground(VETH);
  await add(daemon, 'link', { interface: 'v0' }, 'first');
  await add(daemon, 'mount', { device: 'tmpfs', fstype: 'tmpfs', directory: join(folder, 'data'), makeDirectory: true }, 'disk');
  await daemon.online('first', 'disk');
  const host = (await daemon.status('first')).monitorProcessId ?? 0;
  const threads = (): string => /^Threads:\s+(\d+)/m.exec(readFileSync(`/proc/${host}/status`, 'utf8'))?.[1] ?? '';
  const before = threads();
  const names = Array.from({ length: 200 }, (_, index) => `link-${index}`);
  for (const name of names) await add(daemon, 'link', { interface: 'v0' }, name);
  await daemon.online(...names);
  expect(threads()).toBe(before);
});
