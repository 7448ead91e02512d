import { spawn } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../../../daemon/src/ports/index.ts';
import { LogRotation, rotateIfLarge } from '../../../../daemon/src/shell/posix/log-rotation.ts';
import { Folder } from '../support.ts';

let folder: Folder;
let log: string;
beforeEach(() => {
  folder = new Folder();
  log = folder.at('web.log');
});
afterEach(() => folder.remove());

const read = (suffix = ''): string => readFileSync(`${log}${suffix}`, 'utf8');

describe('a host log', () => {
  test('is left alone up to its limit, and where there is none', async () => {
    writeFileSync(log, '12345');
    await rotateIfLarge(log, 5);
    await rotateIfLarge(folder.at('none.log'), 5);
    expect([read(), existsSync(`${log}.1`)]).toEqual(['12345', false]);
  });

  test('above it is copied and emptied, and whoever has it open goes on at its beginning', async () => {
    const host = openSync(log, 'a', 0o600);
    for (const text of ['first', 'second', 'third', 'fourth', 'fifth']) {
      writeSync(host, text);
      await rotateIfLarge(log, 4);
    }
    writeSync(host, 'end');
    closeSync(host);
    expect([read(), read('.1'), read('.2'), read('.3'), existsSync(`${log}.4`)]).toEqual([
      'end',
      'fifth',
      'fourth',
      'third',
      false,
    ]);
    expect((statSync(`${log}.1`).mode & 0o777).toString(8)).toBe('600');
  });

  test('loses no line to speak of while its host goes on writing', async () => {
    const lines = 200_000;
    const host = spawn('sh', ['-c', `exec seq 1 ${lines}`], {
      stdio: ['ignore', openSync(log, 'a', 0o600), 'ignore'],
    });
    const exited = new Promise<void>((resolve) => host.once('exit', () => resolve()));
    const limit = 400_000;
    while (host.exitCode === null) await rotateIfLarge(log, limit);
    await exited;
    const last = read().trim().split('\n').at(-1);
    expect(last ?? '').toMatch(new RegExp(`^(${lines})?$`));
    // A sparse file, from a writer that did not append, would be full of NULs.
    for (const suffix of ['', '.1', '.2', '.3'])
      if (existsSync(`${log}${suffix}`)) expect(read(suffix)).not.toContain('\0');
  });
});

test('logs are looked at while somebody writes to them, and by nobody afterwards', async () => {
  const pending: (() => void)[] = [];
  let cancelled = 0;
  const clock: Clock = {
    wallMs: () => 0,
    monotonicMs: () => 0,
    afterReading: () => undefined,
    after(_ms, action) {
      pending.push(action);
      return { cancel: () => void cancelled++ };
    },
  };
  writeFileSync(log, '');
  // Larger than the limit without taking room on the disk.
  const fd = openSync(log, 'r+');
  writeSync(fd, 'x', 11 * 1024 * 1024);
  closeSync(fd);
  appendFileSync(folder.at('other.txt'), 'x');

  const rotation = new LogRotation(clock, folder.path);
  rotation.writerStarted();
  rotation.writerStarted();
  expect(pending).toHaveLength(1);
  pending.shift()?.();
  while (pending.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect([statSync(log).size, statSync(`${log}.1`).size]).toEqual([0, 11 * 1024 * 1024 + 1]);
  rotation.writerEnded();
  expect(cancelled).toBe(1);
  rotation.writerEnded();
  expect(cancelled).toBe(2);
});
