import { chmodSync, closeSync, copyFileSync, openSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EventHandle } from '../../../../daemon/src/ports/index.ts';
import { PosixEventHandles } from '../../../../daemon/src/shell/posix/event-handles.ts';
import { PosixProcesses } from '../../../../daemon/src/shell/posix/processes.ts';
import { SystemClock } from '../../../../daemon/src/shell/system-clock.ts';
import { commandOf, Folder, isRoot, quietLog } from '../support.ts';

const clock = new SystemClock();
const processes = new PosixProcesses({ clock, log: quietLog });
let folder: Folder;
let handle: EventHandle;
beforeEach(async () => {
  folder = new Folder();
  handle = await new PosixEventHandles(folder.at('ev')).create('host', null);
});
afterEach(() => {
  handle.close();
  folder.remove();
});

function script(name: string, text: string, mode = 0o755): string {
  writeFileSync(folder.at(name), text);
  chmodSync(folder.at(name), mode);
  return folder.at(name);
}

describe('what cannot be started says exactly why', () => {
  const reason = async (other: Parameters<typeof commandOf>[3]): Promise<string> => {
    const outcome = await processes.spawn(commandOf('', handle, folder, other));
    return outcome.kind === 'spawnFailed' ? outcome.reason.replaceAll(folder.path, '') : 'started';
  };

  test.each<[string, () => readonly string[]]>([
    ['/host: no such file', () => [folder.at('host')]],
    ['/file/host: no such file; a part of /file is not a directory', () => (script('file', ''), [folder.at('file', 'host')])],
    ['/dir: is a directory', () => (mkdirSync(folder.at('dir')), [folder.at('dir')])],
    ['/host: not executable (mode 0644)', () => [script('host', '', 0o644)]],
    ['/link: symbolic link to a file that does not exist', () => (symlinkSync('nowhere', folder.at('link')), [folder.at('link')])],
    ['/ev/host: not a regular file', () => [folder.at('ev', 'host')]],
    [
      '/host: its #! line names an interpreter that cannot be run: /opt/no/python: no such file',
      () => [script('host', '#!/opt/no/python -u\n')],
    ],
    ['/host: its #! line ends in a carriage return; save it with Unix line endings', () => [script('host', '#!/bin/sh\r\nexit\r\n')]],
    ['andon-no-such-command: not found in PATH (/usr/bin:/bin)', () => ['andon-no-such-command']],
    ['the command is empty', () => ['']],
    ['the command is empty', () => []],
  ])('%s', async (text, argv) => {
    expect(await reason({ argv: argv(), env: { PATH: '/usr/bin:/bin' } })).toBe(text);
  });

  test('a command in PATH that is not executable', async () => {
    script('host-of-a-test', '', 0o600);
    const failure = await reason({ argv: ['host-of-a-test'], env: { PATH: `${folder.path}:/bin` } });
    expect(failure).toBe('/host-of-a-test: not executable (mode 0600)');
  });

  test('the working directory', async () => {
    expect(await reason({ cwd: folder.at('gone') })).toBe('working directory /gone does not exist');
    expect(await reason({ cwd: script('file', '') })).toBe('working directory /file is not a directory');
  });

  test('the user', async () => {
    expect(await reason({ user: 'andon-nobody-at-all' })).toBe('user "andon-nobody-at-all" does not exist');
    expect(await reason({ user: '--help' })).toBe('user "--help" does not exist');
  });

  test.skipIf(!isRoot)('what is closed to the user it should run as (needs root)', async () => {
    chmodSync(folder.path, 0o755);
    mkdirSync(folder.at('bin'), { mode: 0o755 });
    const path = script('host', '#!/bin/sh\n', 0o700);
    expect(await reason({ argv: [path], user: 'nobody' })).toBe('/host: not executable for user 65534 (mode 0700, owner 0:0)');
  });

  test('a program that is being written', async () => {
    copyFileSync('/bin/true', folder.at('host'));
    const fd = openSync(folder.at('host'), 'r+');
    expect(await reason({ argv: [folder.at('host')] })).toBe('/host: somebody has it open for writing');
    closeSync(fd);
  });

  test('a pipe that is gone', async () => {
    handle.remove();
    expect(await reason({})).toMatch(/^event handle of the host cannot be opened: ENOENT.*\/ev\/host/);
  });

  test('arguments without end', async () => {
    expect(await reason({ argv: ['true', ...Array.from({ length: 40 }, () => 'x'.repeat(130_000))] })).toMatch(
      /^\S+: arguments and environment together are too long$/,
    );
  });
});

describe('resolveCommand', () => {
  test('answers the absolute path, relative to the folder given', () => {
    const path = script('host', '');
    expect(processes.resolveCommand('./host', folder.path)).toEqual({ path });
    expect(processes.resolveCommand('sh', undefined)).toHaveProperty('path');
    writeFileSync(path, '#!/opt/no/python\n');
    expect(processes.resolveCommand('./host', folder.path)).toHaveProperty(
      'problem',
      expect.stringContaining('/opt/no/python: no such file'),
    );
    expect(processes.resolveCommand('./none', folder.path)).toEqual({
      problem: `${folder.at('none')}: no such file`,
    });
  });
});
