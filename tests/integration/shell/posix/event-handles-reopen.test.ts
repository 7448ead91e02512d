import { execFileSync, spawn } from 'node:child_process';
import { chownSync, closeSync, constants, mkdirSync, openSync, rmSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EventHandle } from '../../../../daemon/src/ports/index.ts';
import { openToInherit } from '../../../../daemon/src/shell/posix/event-handle.ts';
import { PosixEventHandles } from '../../../../daemon/src/shell/posix/event-handles.ts';
import { Folder, isRoot, readLines, shell, startScript } from '../support.ts';

const NOBODY = { uid: 65_534, gid: 65_534 };

let folder: Folder;
let handles: PosixEventHandles;
let open: EventHandle[];
beforeEach(() => {
  folder = new Folder();
  handles = new PosixEventHandles(folder.at('ev'));
  open = [];
});
afterEach(() => {
  for (const handle of open) handle.close();
  folder.remove();
});

async function reopen(name = 'host', pid = 0): Promise<EventHandle | null> {
  const handle = await handles.reopen(name, pid, null);
  if (handle) open.push(handle);
  return handle;
}

function write(path: string, text: string): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  writeSync(fd, text);
  closeSync(fd);
}

describe('after a daemon crash', () => {
  /** A daemon that makes the pipe and a host that holds it as descriptor 3, then is killed. */
  async function crash(): Promise<{ readonly hostPid: number; readonly end: () => void }> {
    const daemon = startScript(
      `import { PosixEventHandles } from '${shell}posix/event-handles.ts';
       import { openToInherit } from '${shell}posix/event-handle.ts';
       import { spawn } from 'node:child_process';
       const handle = await new PosixEventHandles('${folder.at('ev')}').create('host', null);
       const host = spawn('sleep', ['60'], { detached: true, stdio: ['ignore', 'ignore', 'ignore', openToInherit(handle.path)] });
       console.log(host.pid);
       setInterval(() => undefined, 1000);`,
    );
    const hostPid = Number(await daemon.lines.next());
    write(folder.at('ev', 'host'), 'before\n');
    daemon.child.kill('SIGKILL');
    expect(await daemon.exited).toBe('SIGKILL');
    return { hostPid, end: () => void process.kill(hostPid, 'SIGKILL') };
  }

  test('the pipe still holds what was written before and since', async () => {
    const { hostPid, end } = await crash();
    write(folder.at('ev', 'host'), 'since\n');
    const handle = await reopen('host', hostPid);
    const lines = readLines(handle!);
    expect([await lines.next(), await lines.next(), handle?.isIntact()]).toEqual(['before', 'since', true]);
    end();
  });

  test('it is found through the host when its path is gone', async () => {
    const { hostPid, end } = await crash();
    rmSync(folder.at('ev', 'host'));
    const handle = await reopen('host', hostPid);
    expect([await readLines(handle!).next(), handle?.isIntact()]).toEqual(['before', false]);
    end();
  });

  test("it is the host's pipe that is opened, not another one that has taken the path", async () => {
    const { hostPid, end } = await crash();
    rmSync(folder.at('ev', 'host'));
    execFileSync('mkfifo', ['-m', '600', folder.at('ev', 'host')]);
    expect(await readLines((await reopen('host', hostPid))!).next()).toBe('before');
    end();
  });

  test('another pipe that happens to be descriptor 3 of the host is left alone', async () => {
    execFileSync('mkfifo', ['-m', '600', folder.at('private')]);
    const private3 = openToInherit(folder.at('private'));
    const host = spawn('sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', private3] });
    expect(await reopen('host', host.pid ?? 0)).toBeNull();
    host.kill('SIGKILL');
    closeSync(private3);
  });

  test.each<[string, (path: string) => void]>([
    ['nothing', () => undefined],
    ['a regular file', (path) => writeFileSync(path, '', { mode: 0o600 })],
    ['a directory', (path) => mkdirSync(path)],
    [
      'a symbolic link to a pipe',
      (path) => {
        execFileSync('mkfifo', ['-m', '600', `${path}-real`]);
        symlinkSync(`${path}-real`, path);
      },
    ],
    ['a pipe that others may write to', (path) => execFileSync('mkfifo', ['-m', '622', path])],
  ])('%s at its path is no event handle', async (_what, plant) => {
    plant(folder.at('ev', 'host'));
    expect(await reopen()).toBeNull();
  });

  test.skipIf(!isRoot)('a pipe of another user is no event handle (needs root)', async () => {
    execFileSync('mkfifo', ['-m', '600', folder.at('ev', 'host')]);
    chownSync(folder.at('ev', 'host'), NOBODY.uid, NOBODY.gid);
    expect(await reopen()).toBeNull();
  });
});
