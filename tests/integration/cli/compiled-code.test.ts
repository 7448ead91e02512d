import { chmodSync, chownSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { andon, testFolder } from './run-andon.ts';

const uid = process.getuid?.() ?? -1;

test('compiled code is kept where only this user can put some', async () => {
  const folder = await testFolder();
  expect((await andon(['--version'], folder, { env: { TMPDIR: folder } })).code).toBe(0);
  const kept = join(folder, `andon-compiled-${uid}`);
  expect(statSync(kept)).toMatchObject({ uid });
  expect(statSync(kept).mode & 0o777).toBe(0o700);
  expect(readdirSync(kept)).not.toEqual([]);
});

test.skipIf(uid !== 0)('a directory that somebody else put there is not used (skipped: not root)', async () => {
  const folder = await testFolder();
  const planted = join(folder, 'andon-compiled-0');
  mkdirSync(planted, { mode: 0o777 });
  chownSync(planted, 1000, 1000);
  expect((await andon(['--version'], folder, { env: { TMPDIR: folder } })).code).toBe(0);
  expect(readdirSync(planted)).toEqual([]);
});

test('nor is one that others may write to', async () => {
  const folder = await testFolder();
  const open = join(folder, `andon-compiled-${uid}`);
  mkdirSync(open);
  chmodSync(open, 0o777);
  expect((await andon(['--version'], folder, { env: { TMPDIR: folder } })).code).toBe(0);
  expect(readdirSync(open)).toEqual([]);
});
