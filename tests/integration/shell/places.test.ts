import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { preparePlaces, resolvePlaces } from '../../../daemon/src/shell/places.ts';
import { Folder, isRoot } from './support.ts';

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

const mode = (path: string): string => (statSync(path).mode & 0o7777).toString(8);
const prepare = (runtime: string, state = folder.at('state')) =>
  preparePlaces(resolvePlaces({ ANDON_RUNTIME_DIR: runtime, ANDON_STATE_DIR: state }));

describe('the places', () => {
  const HOME = '/home/ann';
  test.each<[string, Record<string, string>, number, [string, string, string, string]]>([
    ['root', { HOME: '/root', XDG_RUNTIME_DIR: '/run/user/0' }, 0, ['system', '/run/andon', '/var/lib/andon', '/etc/andon']],
    [
      'a user',
      { HOME, XDG_RUNTIME_DIR: '/run/user/7' },
      7,
      ['user', '/run/user/7/andon', '/home/ann/.local/state/andon', '/home/ann/.config/andon'],
    ],
    [
      'a user without XDG_RUNTIME_DIR',
      { HOME },
      7,
      ['user', '/home/ann/.local/state/andon/run', '/home/ann/.local/state/andon', '/home/ann/.config/andon'],
    ],
    [
      'a user with other XDG directories',
      { HOME, XDG_RUNTIME_DIR: '/r', XDG_STATE_HOME: '/s', XDG_CONFIG_HOME: '/c' },
      7,
      ['user', '/r/andon', '/s/andon', '/c/andon'],
    ],
    ['overrides', { HOME, ANDON_RUNTIME_DIR: '/a', ANDON_STATE_DIR: '/b', ANDON_CONFIG_DIR: '/c' }, 0, ['custom', '/a', '/b', '/c']],
    ['empty overrides', { HOME, ANDON_RUNTIME_DIR: '', ANDON_STATE_DIR: '' }, 0, ['system', '/run/andon', '/var/lib/andon', '/etc/andon']],
    ['a relative override', { ANDON_RUNTIME_DIR: 'here' }, 0, ['custom', join(process.cwd(), 'here'), '/var/lib/andon', '/etc/andon']],
  ])('of %s', (_who, env, uid, [scope, runtimeDir, stateDir, configDir]) => {
    expect(resolvePlaces(env, uid)).toEqual({
      scope,
      runtimeDir,
      stateDir,
      configDir,
      controlSocket: `${runtimeDir}/control.sock`,
      statusSocket: `${runtimeDir}/status.sock`,
      hostSocket: `${runtimeDir}/host.sock`,
      unsaved: `${runtimeDir}/unsaved.json`,
      eventHandlesDir: `${runtimeDir}/ev`,
      store: `${stateDir}/andon.db`,
      hostLogs: `${stateDir}/logs/hosts`,
      applicationLogs: `${stateDir}/logs/applications`,
      incidents: `${stateDir}/incidents`,
      daemonLog: `${stateDir}/logs/andond.log`,
    });
  });

  test('are made with the right modes whatever the umask, and found again', () => {
    const umask = process.umask(0o077);
    prepare(folder.at('run'), folder.at('deep', 'down', 'state'));
    process.umask(umask);
    prepare(folder.at('run'), folder.at('deep', 'down', 'state'));
    expect(mode(folder.at('run'))).toBe(isRoot ? '711' : '700');
    for (const name of ['', 'logs', 'logs/hosts']) expect(mode(folder.at('deep', 'down', 'state', name))).toBe('700');
    expect(mode(folder.at('deep'))).toBe('700');
  });

  test('may lie in a directory that everyone may write to only when they are closed to everyone', () => {
    mkdirSync(folder.at('tmp'));
    chmodSync(folder.at('tmp'), 0o1777);
    prepare(folder.at('tmp', 'run'));
    expect(mode(folder.at('tmp', 'run'))).toBe('700');
    chmodSync(folder.at('tmp', 'run'), 0o711);
    expect(() => prepare(folder.at('tmp', 'run'))).toThrow(
      `Directory ${folder.at('tmp', 'run')} is not safe: it lies in a directory that everyone may write to, and is open to others (mode 0711).`,
    );
    chmodSync(folder.at('tmp'), 0o777);
    expect(() => prepare(folder.at('tmp', 'run'))).toThrow(/anyone may replace it/);
  });
});

describe('refused with the reason and a remedy:', () => {
  test.each<[string, (path: string) => void, string, RegExp]>([
    ['a file', (path) => writeFileSync(path, ''), 'it is not a directory', /Name another directory with ANDON_RUNTIME_DIR/],
    ['a symbolic link', (path) => symlinkSync('.', path), 'it is a symbolic link', /Name the real directory/],
    [
      'a directory of a group',
      (path) => (mkdirSync(path), chmodSync(path, 0o770)),
      'others may write to it (mode 0770)',
      /^Run: chmod go-w \//,
    ],
    [
      'a directory of everyone',
      (path) => (mkdirSync(path), chmodSync(path, 0o707)),
      'others may write to it (mode 0707)',
      /^Run: chmod go-w \//,
    ],
  ])('%s', (_what, plant, reason, remedy) => {
    plant(folder.at('run'));
    expect(() => prepare(folder.at('run'))).toThrow(
      expect.objectContaining({
        code: 'directoryUnsafe',
        message: `Directory ${folder.at('run')} is not safe: ${reason}.`,
        remedy: expect.stringMatching(remedy),
      }),
    );
  });

  test.skipIf(!isRoot)('a directory of another user (needs root)', () => {
    mkdirSync(folder.at('run'), { mode: 0o700 });
    chownSync(folder.at('run'), 65_534, 65_534);
    expect(() => prepare(folder.at('run'))).toThrow(`Directory ${folder.at('run')} is not safe: it belongs to user 65534, not to user 0.`);
  });

  test('a directory that cannot be made', () => {
    writeFileSync(folder.at('file'), '');
    expect(() => prepare(folder.at('file', 'run'))).toThrow(
      expect.objectContaining({
        code: 'directoryTrouble',
        message: expect.stringContaining('a part of the path is not a directory'),
      }),
    );
    expect(() => prepare('/proc/andon')).toThrow(expect.objectContaining({ code: 'directoryTrouble' }));
  });

  test('a path that is too long for a socket, before anything is made', () => {
    const long = folder.at('x'.repeat(100));
    expect(() => prepare(long)).toThrow(
      expect.objectContaining({
        code: 'pathTooLong',
        message: `The socket path ${long}/control.sock has ${Buffer.byteLength(long) + 13} bytes; the limit is 100.`,
      }),
    );
    expect(() => statSync(folder.at('state'))).toThrow(/ENOENT/);
  });
});
