import { spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EventHandle } from '../../../../daemon/src/ports/index.ts';
import { openToInherit } from '../../../../daemon/src/shell/posix/event-handle.ts';
import { PosixEventHandles } from '../../../../daemon/src/shell/posix/event-handles.ts';
import { Folder, isRoot, Lines, readLines } from '../support.ts';

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

async function create(name = 'host'): Promise<EventHandle> {
  const handle = await handles.create(name, null);
  open.push(handle);
  return handle;
}

function write(path: string, text: string): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  writeSync(fd, text);
  closeSync(fd);
}

describe('an event handle', () => {
  // D-30
  test('is a pipe of this user alone, and nothing else is left in the directory', async () => {
    const { path } = await create();
    const stats = lstatSync(path);
    expect([stats.isFIFO(), (stats.mode & 0o777).toString(8), stats.uid]).toEqual([true, '600', process.getuid?.()]);
    expect(readdirSync(folder.at('ev'))).toEqual(['host']);
    expect((lstatSync(folder.at('ev')).mode & 0o777).toString(8)).toBe(isRoot ? '711' : '700');
  });

  test('hears writers that come and go, and has no end in between', async () => {
    const handle = await create();
    const lines = readLines(handle);
    for (const text of ['web-1@7 disk gone', 'web-2', 'web-3']) {
      const writer = spawn('sh', ['-c', `echo "${text}" > "$1"`, 'sh', handle.path], { stdio: 'ignore' });
      await new Promise((resolve) => writer.once('exit', resolve));
      expect(await lines.next()).toBe(text);
    }
  });

  test('hands on the pieces of a torn record as they come', async () => {
    const handle = await create();
    const lines = readLines(handle);
    const pieces = new Lines();
    handle.read((bytes) => {
      pieces.push(`${JSON.stringify(Buffer.from(bytes).toString())}\n`);
      lines.push(Buffer.from(bytes).toString());
    });
    write(handle.path, 'web-');
    expect(await pieces.next()).toBe('"web-"');
    write(handle.path, '1\n');
    expect(await lines.next()).toBe('web-1');
  });

  test('keeps what waits while it is paused', async () => {
    const handle = await create();
    const lines = readLines(handle);
    write(handle.path, 'first\n');
    expect(await lines.next()).toBe('first');
    handle.pause();
    write(handle.path, 'second\n');
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(lines.unread).toEqual([]);
    handle.resume();
    expect(await lines.next()).toBe('second');
  });

  test('drains everything before the call returns, and goes on reading', async () => {
    const handle = await create();
    const lines = readLines(handle);
    write(handle.path, 'web-1\n'.repeat(10_000));
    handle.drain(1_000_000);
    expect(lines.unread).toHaveLength(10_000);
    write(handle.path, 'later\n');
    while ((await lines.next()) !== 'later');
  });

  test('drains no more than it was told', async () => {
    const handle = await create();
    const lines = readLines(handle);
    write(handle.path, 'web-1\n'.repeat(1_000));
    handle.drain(60);
    expect(lines.unread).toHaveLength(10);
  });

  test('is drained inside its own listener without losing what that one looks at', async () => {
    const handle = await create();
    const heard: string[] = [];
    const done = new Promise<void>((resolve) => {
      handle.read((bytes) => {
        const before = Buffer.from(bytes).toString();
        if (heard.length === 0) {
          write(handle.path, 'inner');
          heard.push('');
          handle.drain(1_000);
        }
        heard.push(before === Buffer.from(bytes).toString() ? before : 'overwritten');
        if (heard.includes('outer')) resolve();
      });
    });
    write(handle.path, 'outer');
    await done;
    expect(heard).toEqual(['', 'inner', 'outer']);
  });

  test('tells nothing after it was closed', async () => {
    const handle = await create();
    const keptOpen = openToInherit(handle.path);
    const lines = readLines(handle);
    write(handle.path, 'web-1\n');
    handle.close();
    handle.drain(1_000);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(lines.unread).toEqual([]);
    closeSync(keptOpen);
  });
});

describe('the path', () => {
  test('is known to be gone, or to name something else', async () => {
    const handle = await create();
    expect(handle.isIntact()).toBe(true);
    rmSync(handle.path);
    expect(handle.isIntact()).toBe(false);
    writeFileSync(handle.path, '');
    expect(handle.isIntact()).toBe(false);
  });

  test('names the newest pipe, and an older one neither hears its writers nor removes it', async () => {
    const old = await create();
    const heard = readLines(old);
    const young = await create();
    const lines = readLines(young);
    expect([old.isIntact(), young.isIntact()]).toEqual([false, true]);
    write(young.path, 'web-1\n');
    expect(await lines.next()).toBe('web-1');
    old.remove();
    expect([young.isIntact(), heard.unread]).toEqual([true, []]);
    young.remove();
    expect(existsSync(young.path)).toBe(false);
  });

  test.each(['../host', '.host', 'a/b', '', 'x'.repeat(300)])('"%s" is refused', async (name) => {
    await expect(handles.create(name, null)).rejects.toThrow(/cannot name an event handle/);
  });
});

describe.skipIf(!isRoot)('for a host of another user (needs root)', () => {
  test('it is reached by that user, and by nobody else but root', async () => {
    chmodSync(folder.path, 0o711);
    const handle = await handles.create('host', NOBODY);
    open.push(handle);
    const lines = readLines(handle);
    const say = (uid: number, text: string): Promise<number | null> =>
      new Promise((resolve) => {
        const options = { uid, gid: uid, stdio: 'ignore' } as const;
        spawn('sh', ['-c', `echo "${text}" > "$1"`, 'sh', handle.path], options).once('exit', resolve);
      });
    expect(await say(NOBODY.uid, 'web-1')).toBe(0);
    expect(await lines.next()).toBe('web-1');
    expect(await say(12_345, 'intruder')).not.toBe(0);
    expect(lines.unread).toEqual([]);
  });
});

describe('the directory', () => {
  test('is refused when it is a symbolic link or others may write to it', () => {
    symlinkSync(folder.at('ev'), folder.at('link'));
    expect(() => new PosixEventHandles(folder.at('link'))).toThrow(/is not safe: it is a symbolic link/);
    chmodSync(folder.at('ev'), 0o777);
    expect(() => new PosixEventHandles(folder.at('ev'))).toThrow(/others may write to it \(mode 0777\)/);
  });
});
