import { appendFileSync, closeSync, existsSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
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
    expect([read(), read('.1'), read('.2'), read('.3'), existsSync(`${log}.4`)]).toEqual(['end', 'fifth', 'fourth', 'third', false]);
    expect((statSync(`${log}.1`).mode & 0o777).toString(8)).toBe('600');
  });

  test('loses nothing that comes while it is copied', async () => {
    writeFileSync(log, `${'x'.repeat(20_000_000)}\n`);
    const done = rotateIfLarge(log);
    const written: string[] = [];
    const state = { isDone: false };
    void done.then(() => Object.assign(state, { isDone: true }));
    while (!state.isDone) {
      written.push(`line ${written.length}`);
      appendFileSync(log, `${written.at(-1)}\n`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(written.length).toBeGreaterThan(2);
    expect(`${read('.1')}${read()}`.split('\n').slice(1, -1)).toEqual(written);
  });
});

test('logs are looked at while somebody writes to them, and by nobody afterwards', async () => {
  const pending: (() => void)[] = [];
  let isCancelled = false;
  const clock: Clock = {
    wallMs: () => 0,
    monotonicMs: () => 0,
    afterReading: () => undefined,
    after(_ms, action) {
      pending.push(action);
      return {
        cancel: () => {
          isCancelled = true;
        },
      };
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
  const look = pending.shift();
  look?.();
  rotation.writerEnded();
  // The look reads the directory once; these come after it.
  for (let turn = 0; turn < 10; turn++) await readdir(folder.path);
  expect(pending).toEqual([]);
  rotation.writerStarted();
  rotation.writerEnded();
  expect([pending.length, isCancelled]).toEqual([1, true]);
});
