import { spawn as startProcess } from 'node:child_process';
import { mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EventHandle, HostProcess, ProcessExit } from '../../../../daemon/src/ports/index.ts';
import { PosixEventHandles } from '../../../../daemon/src/shell/posix/event-handles.ts';
import { PosixProcesses } from '../../../../daemon/src/shell/posix/processes.ts';
import { SystemClock } from '../../../../daemon/src/shell/system-clock.ts';
import { commandOf, Folder, isRoot, type Lines, lives, quietLog, readLines, shell, started } from '../support.ts';

const clock = new SystemClock();
const processes = new PosixProcesses({ clock, log: quietLog });
const NOBODY = { uid: 65_534, gid: 65_534 };

let folder: Folder;
let handle: EventHandle;
let lines: Lines;
let hosts: HostProcess[];
beforeEach(async () => {
  folder = new Folder();
  handle = await new PosixEventHandles(folder.at('ev')).create('host', null);
  lines = readLines(handle);
  hosts = [];
});
afterEach(async () => {
  await Promise.all(hosts.map((host) => host.kill('tree', 5_000)));
  handle.close();
  folder.remove();
});

async function spawn(script: string, other: Parameters<typeof commandOf>[3] = {}): Promise<HostProcess> {
  const host = started(await processes.spawn(commandOf(script, handle, folder, other)));
  hosts.push(host);
  return host;
}

const exitOf = (host: HostProcess): Promise<ProcessExit> => new Promise((resolve) => host.onExit(resolve));

describe('a host', () => {
  test('leads a session of its own, without a terminal', async () => {
    const host = await spawn('read -r _ _ _ _ group session terminal _ < /proc/$$/stat; echo "$$ $group $session $terminal" >&3; sleep 60');
    const { pid } = host.identity;
    expect(await lines.next()).toBe(`${pid} ${pid} ${pid} 0`);
  });

  test('has the environment and the folder it was given, and nothing else', async () => {
    mkdirSync(folder.at('home'));
    await spawn('tr "\\0" "\\n" < /proc/$$/environ | sort | tr "\\n" " " >&3; pwd >&3', {
      cwd: folder.at('home'),
      env: { PATH: '/usr/bin:/bin', ANDON_HOST_ID: 'x' },
    });
    expect(await lines.next()).toBe(`ANDON_HOST_ID=x PATH=/usr/bin:/bin ${realpathSync(folder.at('home'))}`);
  });

  test('inherits the pipe as a blocking descriptor, so that echo waits where it is full', async () => {
    await spawn('grep flags /proc/$$/fdinfo/3 >&3');
    const flags = Number.parseInt((await lines.next()).split(/\s+/)[1] ?? '', 8);
    expect({ readWrite: flags & 0o3, nonBlocking: flags & 0o4000 }).toEqual({
      readWrite: 0o2,
      nonBlocking: 0,
    });
  });

  test('inherits nothing else, not even what its daemon was started with', async () => {
    const source = `
      import { PosixProcesses } from '${shell}posix/processes.ts';
      import { SystemClock } from '${shell}system-clock.ts';
      const log = { warn: console.error };
      const command = JSON.parse(process.argv[1]);
      const host = await new PosixProcesses({ clock: new SystemClock(), log }).spawn(command);
      host.onExit(() => process.exit());`;
    const command = commandOf('', handle, folder, { argv: ['ls', '-l', '/proc/self/fd'] });
    const options = ['--conditions=andon-src', '--input-type=module-typescript', '--eval', source];
    const plain = JSON.stringify({ ...command, eventHandle: { path: handle.path } });
    const daemon = startProcess(process.execPath, [...options, plain], {
      stdio: ['pipe', 'ignore', 'inherit', 'pipe', 'pipe'],
    });
    await new Promise((resolve) => daemon.once('exit', resolve));
    const entries = readFileSync(folder.at('host.log'), 'utf8').trim().split('\n').slice(1);
    const open = entries.map((line) => line.replace(/^.* (\d+) -> /, '$1 ')).filter((entry) => !/ \/proc\/\d+\/fd$/.test(entry));
    expect(open).toEqual(['0 /dev/null', `1 ${folder.at('host.log')}`, `2 ${folder.at('host.log')}`, `3 ${handle.path}`]);
  });

  test('appends its output to its log, which is private', async () => {
    writeFileSync(folder.at('host.log'), 'before\n', { mode: 0o600 });
    await exitOf(await spawn('echo out; echo err >&2'));
    expect(readFileSync(folder.at('host.log'), 'utf8')).toBe('before\nout\nerr\n');
    await exitOf(await spawn('true', { logPath: folder.at('new.log') }));
    expect((statSync(folder.at('new.log')).mode & 0o777).toString(8)).toBe('600');
  });

  test('runs although its log cannot be written', async () => {
    const host = await spawn('echo lost; echo heard >&3', { logPath: folder.at('missing', 'host.log') });
    expect(await lines.next()).toBe('heard');
    expect(await exitOf(host)).toEqual({ kind: 'exited', code: 0 });
  });

  test.each<[string, ProcessExit]>([
    ['exit 0', { kind: 'exited', code: 0 }],
    ['exit 7', { kind: 'exited', code: 7 }],
    ['kill -SEGV $$', { kind: 'signalled', signal: 'SIGSEGV' }],
    ['kill -KILL $$', { kind: 'signalled', signal: 'SIGKILL' }],
  ])('that does `%s` is told of once, to those who ask later too', async (source, exit) => {
    const host = await spawn(source);
    expect(await exitOf(host)).toEqual(exit);
    expect(await exitOf(host)).toEqual(exit);
    expect(host.checkExit()).toBe(true);
    expect(await host.kill('none', 0)).toBe('gone');
  });

  test('is asked to end with SIGTERM, alone', async () => {
    const host = await spawn('trap "exit 3" TERM; sleep 60 & echo $! >&3; wait');
    const child = Number(await lines.next());
    host.requestExit();
    expect(await exitOf(host)).toEqual({ kind: 'exited', code: 3 });
    expect(lives(child)).toBe(true);
  });

  test.skipIf(!isRoot)('runs as another user, with none of our groups (needs root)', async () => {
    await spawn('echo "$(id -u) $(id -g) $(id -G)" >&3; echo mine', { user: 'nobody', cwd: '/' });
    expect(await lines.next()).toBe('65534 65534 65534');
    expect(await processes.user('nobody')).toEqual(NOBODY);
  });
});

describe('adoption', () => {
  test('finds the process of that identity, and tells when it is gone', async () => {
    const host = await spawn('echo up >&3; sleep 60');
    await lines.next();
    const adopted = processes.adopt({ ...host.identity });
    expect(adopted?.checkExit()).toBe(false);
    const told: ProcessExit[] = [];
    adopted?.onExit((exit) => told.push(exit));
    await host.kill('process', 5_000);
    expect(told).toEqual([]);
    expect([adopted?.checkExit(), adopted?.checkExit(), told]).toEqual([true, true, [{ kind: 'gone' }]]);
  });

  // D-27, D-28
  test('refuses another start time and another boot', async () => {
    const { identity } = await spawn('sleep 60');
    expect(processes.adopt({ ...identity, startTime: `${Number(identity.startTime) + 1}` })).toBeNull();
    expect(processes.adopt({ ...identity, bootId: 'another' })).toBeNull();
    expect(processes.adopt(identity)).not.toBeNull();
  });

  test('kills with the same reach as the daemon that spawned it', async () => {
    const host = await spawn('sleep 60 & echo $! >&3; exec sleep 60');
    const child = Number(await lines.next());
    expect(await processes.adopt(host.identity)?.kill('group', 5_000)).toBe('gone');
    expect([lives(host.identity.pid), lives(child)]).toEqual([false, false]);
  });
});
