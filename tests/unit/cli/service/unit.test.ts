import { RESTART_EXIT_CODE, STOP_LIMIT_MS } from '@andon/protocol';
import { describe, expect, test } from 'vitest';
import { word } from '../../../../cli/src/service/escape.ts';
import type { Programs } from '../../../../cli/src/service/programs.ts';
import { type ServicePlace, servicePlace } from '../../../../cli/src/service/service-place.ts';
import { directives, MARKER, unitText } from '../../../../cli/src/service/unit.ts';
import { resolvePlaces } from '../../../../daemon/src/shell/places.ts';

const PROGRAMS: Programs = {
  node: '/opt/andon/node/bin/node',
  andond: '/opt/andon/daemon/bin/andond.js',
  andon: '/opt/andon/cli/bin/andon.js',
  documentation: '/opt/andon/docs/service.md',
};
const ADA = { HOME: '/home/ada', XDG_RUNTIME_DIR: '/run/user/1000' };
const system = servicePlace({ system: true }, {}, 0);
const user = servicePlace({}, ADA, 1000);

function valuesOf(place: ServicePlace, key: string, programs = PROGRAMS): string[] {
  return directives(place, programs).flatMap((one) => (one.key === key ? [one.value] : []));
}

describe('the unit', () => {
  test.each([system, user])('of the $scope is its directives, each once and below its section', (place) => {
    const lines = unitText(place, PROGRAMS).split('\n');
    expect(lines[0]).toBe(MARKER);
    expect(lines.filter((line) => line.startsWith('['))).toEqual(['[Unit]', '[Service]', '[Install]']);
    const settings = directives(place, PROGRAMS);
    expect(lines.filter((line) => /^\w+=/.test(line)).toSorted()).toEqual(settings.map(({ key, value }) => `${key}=${value}`).toSorted());
    const keys = settings.map(({ key }) => key).filter((key) => key !== 'Environment');
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('waits as long as the daemon does, and knows how it asks for the next one', () => {
    expect(Number(valuesOf(system, 'TimeoutStopSec'))).toBeGreaterThan(STOP_LIMIT_MS / 1000);
    expect(valuesOf(system, 'RestartForceExitStatus')).toEqual([String(RESTART_EXIT_CODE)]);
    expect(valuesOf(system, 'SuccessExitStatus')).toEqual([String(RESTART_EXIT_CODE)]);
  });

  test('keeps hosts alive when the daemon dies, and leaves them unrestricted', () => {
    expect(valuesOf(system, 'KillMode')).toEqual(['process']);
    expect(valuesOf(system, 'RuntimeDirectoryPreserve')).toEqual(['yes']);
    // What these do to the daemon they do to every application of every resource (docs/service.md).
    const restricting =
      /^(Protect|Private|Restrict(?!ForceExit)|NoNewPrivileges|CapabilityBoundingSet|SystemCall|Memory|LockPersonality|User|DynamicUser|OOMScore)/;
    expect(directives(system, PROGRAMS).filter(({ key }) => restricting.test(key) && key !== 'RestartForceExitStatus')).toEqual([]);
  });

  test.each([
    ['the usual places', ADA],
    ['places of XDG', { ...ADA, XDG_CONFIG_HOME: '/data/etc', XDG_STATE_HOME: '/data/state with blank' }],
  ])('of a user names the very directories that the daemon would take: %s', (_, env) => {
    const place = servicePlace({}, env, 1000);
    const daemon = resolvePlaces(env, 1000);
    const { runtimeDir, stateDir, configDir } = daemon;
    expect({ runtimeDir: place.runtimeDir, stateDir: place.stateDir, configDir: place.configDir }).toEqual({
      runtimeDir,
      stateDir,
      configDir,
    });
    expect(valuesOf(place, 'RuntimeDirectory')).toEqual(['andon']);
    expect(valuesOf(place, 'Environment')).toEqual([
      word(`ANDON_STATE_DIR=${stateDir}`, 'assignment'),
      word(`ANDON_CONFIG_DIR=${configDir}`, 'assignment'),
    ]);
    expect(valuesOf(place, 'StateDirectory')).toEqual([]);
  });

  test('of the system has the directories that the daemon of root takes', () => {
    const { runtimeDir, stateDir, configDir } = resolvePlaces({}, 0);
    expect([`/run/${valuesOf(system, 'RuntimeDirectory')[0]}`, `/var/lib/${valuesOf(system, 'StateDirectory')[0]}`]).toEqual([
      runtimeDir,
      stateDir,
    ]);
    expect(`/etc/${valuesOf(system, 'ConfigurationDirectory')[0]}`).toBe(configDir);
    expect([system.runtimeDir, system.stateDir, system.configDir]).toEqual([runtimeDir, stateDir, configDir]);
  });

  test("of root's own manager tells the daemon not to take the system's", () => {
    const place = servicePlace({ user: true }, { HOME: '/root' }, 0);
    expect(valuesOf(place, 'Environment')).toContain('ANDON_RUNTIME_DIR=%t/andon');
    expect(place.runtimeDir).toBe('/run/user/0/andon');
  });

  test.each([system, user])('of the $scope reloads the daemon of that place', (place) => {
    expect(valuesOf(place, 'ExecReload')).toEqual([`/opt/andon/node/bin/node /opt/andon/cli/bin/andon.js --${place.scope} reload`]);
  });

  test('names no page that is not there', () => {
    expect(valuesOf(system, 'Documentation')).toEqual(['file:///opt/andon/docs/service.md']);
    expect(valuesOf(system, 'Documentation', { ...PROGRAMS, documentation: '/opt/an don/%/x.md' })).toEqual([
      'file:///opt/an%%20don/%%25/x.md',
    ]);
    expect(valuesOf(system, 'Documentation', { ...PROGRAMS, documentation: null })).toEqual([]);
  });
});

describe('a word of a unit', () => {
  test.each([
    ['/opt/andon/node', '/opt/andon/node', '/opt/andon/node'],
    ['/opt/an don', '"/opt/an don"', '"/opt/an don"'],
    ['/opt/50%', '/opt/50%%', '/opt/50%%'],
    ['/opt/$HOME', '/opt/$HOME', '/opt/$$HOME'],
    ['/opt/a;b', '"/opt/a;b"', '"/opt/a;b"'],
  ])('%s', (text, program, argument) => {
    expect(word(text, 'program')).toBe(program);
    expect(word(text, 'argument')).toBe(argument);
    expect(word(text, 'assignment')).toBe(program);
  });

  test('quotes and backslashes are for arguments only, as systemd has it', () => {
    expect(word('a"b', 'argument')).toBe(String.raw`"a\"b"`);
    expect(word(String.raw`a\b`, 'assignment')).toBe(String.raw`"a\\b"`);
    expect(word("it's", 'argument')).toBe(`"it's"`);
    for (const path of ['/opt/a"b', String.raw`/opt/a\b`, "/opt/it's"])
      expect(() => word(path, 'program')).toThrow('quotes or backslashes');
  });

  test('has no line breaks', () => {
    expect(() => word('/opt/a\nb', 'argument')).toThrow('control characters');
  });
});
