import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTROL, type ControlMethod, mayAsk, ROLE_FOR } from '@andon/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { asAnotherUser, isRoot } from './other-user.ts';

/** Two groups that every Debian has and nothing here uses. */
const [ADMINISTRATORS, OBSERVERS] = ['games', 'users'];

function gidOf(group: string): number {
  const line = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${group}:`));
  return Number(line?.split(':')[2]);
}

async function daemonWith(...settings: string[]): Promise<TestDaemon> {
  const daemon = new TestDaemon();
  onTestFinished(() => daemon.end());
  mkdirSync(join(daemon.folder, 'etc'), { mode: 0o755 });
  writeFileSync(join(daemon.folder, 'etc/andon.toml'), `[daemon]\n${settings.join('\n')}\n`);
  chmodSync(daemon.folder, 0o755);
  await daemon.up();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo');
  await daemon.online('web');
  return daemon;
}

const LOOK_AND_CHANGE = `{
  'looks': () => ask(join(folder, 'run/status.sock'), 'status'),
  'lists definitions': () => ask(join(folder, 'run/status.sock'), 'resourceList'),
  'changes as an observer': () => ask(join(folder, 'run/status.sock'), 'offline', { names: ['web'] }),
  'changes as an administrator': () => ask(join(folder, 'run/control.sock'), 'events', { limit: 1 }),
}`;

test.skipIf(!isRoot)('a group may administrate, another may look and do nothing else, and a stranger neither (needs root)', async () => {
  const daemon = await daemonWith(`control-group = "${ADMINISTRATORS}"`, `read-only-group = "${OBSERVERS}"`);
  const as = (...groups: string[]) => asAnotherUser(daemon.folder, LOOK_AND_CHANGE, groups.map(gidOf));
  const refused = { 'lists definitions': 'onlyLooking', 'changes as an observer': 'onlyLooking' };
  const closed = { looks: 'EACCES', 'lists definitions': 'EACCES', 'changes as an observer': 'EACCES' };

  expect(await as(OBSERVERS)).toEqual({ looks: 'answered', ...refused, 'changes as an administrator': 'EACCES' });
  expect(await as(ADMINISTRATORS)).toEqual({ ...closed, 'changes as an administrator': 'answered' });
  expect(await as()).toEqual({ ...closed, 'changes as an administrator': 'EACCES' });
  expect(await daemon.status('web')).toMatchObject({ state: 'Online', wanted: 'Online' });
});

test.skipIf(!isRoot)('a group that does not exist lets nobody in, is told, and keeps no resource down (needs root)', async () => {
  const daemon = await daemonWith('control-group = "no-such-group-here"', 'read-only-group = ""');

  expect(await asAnotherUser(daemon.folder, LOOK_AND_CHANGE)).toMatchObject({ looks: 'ENOENT', 'changes as an administrator': 'EACCES' });
  expect(statSync(join(daemon.folder, 'run/control.sock')).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(daemon.folder, 'state/logs/andond.log'), 'utf8')).toContain('there is no such group on this machine');
});

test('an observer may ask what is named so and nothing else, not even what nobody knows', () => {
  const methods = Object.keys(CONTROL).filter((method): method is ControlMethod => Object.hasOwn(ROLE_FOR, method));
  expect(methods).toHaveLength(Object.keys(CONTROL).length);
  expect(methods.filter((method) => mayAsk('observer', method))).toEqual([
    'ping',
    'status',
    'groupList',
    'events',
    'follow',
    'logPath',
    'hostList',
  ]);
  expect(mayAsk('observer', 'toString')).toBe(false);
});
