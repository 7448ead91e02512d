import { chmodSync, linkSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { rotateIfLarge } from '../../daemon/src/shell/posix/log-rotation.ts';
import { TestDaemon } from '../support/daemon.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { asAnotherUser, isRoot } from './other-user.ts';

const PRECIOUS = 'precious\n';

/** A daemon that is not up yet, in whose directories somebody has prepared something, and the file that a link there leads to. */
function prepared(): { daemon: TestDaemon; precious: string } {
  const daemon = new TestDaemon();
  onTestFinished(() => daemon.end());
  mkdirSync(join(daemon.folder, 'run'), { mode: 0o700 });
  mkdirSync(join(daemon.folder, 'state/logs/hosts'), { recursive: true, mode: 0o700 });
  const precious = join(daemon.folder, 'precious');
  writeFileSync(precious, PRECIOUS);
  return { daemon, precious };
}

test.each([
  ['symbolic', symlinkSync],
  ['hard', linkSync],
])('a %s link in place of andond.pid is replaced, and what it leads to stays as it is', async (_, link) => {
  const { daemon, precious } = prepared();
  const pidFiles = ['run', 'state'].map((directory) => join(daemon.folder, directory, 'andond.pid'));
  for (const path of pidFiles) link(precious, path);
  await daemon.up();

  expect(readFileSync(precious, 'utf8')).toBe(PRECIOUS);
  for (const path of pidFiles) expect([lstatSync(path).isFile(), readFileSync(path, 'utf8')]).toEqual([true, `${daemon.pid}\n`]);
});

test('a symbolic link in place of a log is not written through, and stops neither daemon nor host', async () => {
  const { daemon, precious } = prepared();
  symlinkSync(precious, join(daemon.folder, 'state/logs/andond.log'));
  symlinkSync(precious, join(daemon.folder, 'state/logs/hosts/guarded.log'));
  await daemon.up();
  await daemon.scripted('guarded');
  await daemon.add('web', 'guarded');
  await daemon.online('web');

  expect(readFileSync(precious, 'utf8')).toBe(PRECIOUS);
});

test('a symbolic link in place of a log, or of its older piece, is not rotated through', async () => {
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder, name);
  const [precious, log, large] = [at('precious'), at('linked.log'), at('large.log')];
  writeFileSync(precious, PRECIOUS);
  symlinkSync(precious, log);
  writeFileSync(large, 'longer than the limit\n');
  symlinkSync(precious, `${large}.1`);
  await rotateIfLarge(log, 1);
  await rotateIfLarge(large, 1);

  expect(readFileSync(precious, 'utf8')).toBe(PRECIOUS);
  expect(readFileSync(large, 'utf8')).toBe('');
});

test('a symbolic link in place of the store is refused, and what it leads to stays as it is', async () => {
  const { daemon, precious } = prepared();
  symlinkSync(precious, join(daemon.folder, 'state/andon.db'));
  await expect(daemon.up()).rejects.toThrow('it is not a regular file');

  expect(readFileSync(precious, 'utf8')).toBe(PRECIOUS);
});

test.skipIf(!isRoot)(
  'another user wins no race for sockets, pipes and folders while a host starts again and again (needs root)',
  async () => {
    const daemon = await TestDaemon.start();
    chmodSync(daemon.folder, 0o755);
    const lair = join(daemon.folder, 'lair');
    mkdirSync(lair);
    chmodSync(lair, 0o777);
    await daemon.scripted('guarded');
    await daemon.add('web', 'guarded');
    await daemon.online('web');
    const racing = asAnotherUser(
      daemon.folder,
      `(() => {
      const own = (name) => join(folder, 'lair', name);
      const targets = ['run/ev/guarded', 'run/ev', 'run/control.sock', 'run/host.sock', 'run/andond.pid', 'run', 'state', 'state/andon.db'];
      const ways = {
        'links to it': (path) => fs.linkSync(path, own('link')),
        'takes it away': (path) => fs.renameSync(path, own('taken')),
        'puts a link in its place': (path) => { fs.symlinkSync(own('mine'), own('mine.link')); try { fs.renameSync(own('mine.link'), path); } finally { fs.rmSync(own('mine.link'), { force: true }); } },
        'makes one beside it': (path) => fs.symlinkSync(own('mine'), path + '.beside'),
      };
      const tryOften = (way, path) => {
        const codes = new Set();
        for (let round = 0; round < 300; round++) try { way(path); codes.add('done'); } catch (error) { codes.add(error.code); }
        return [...codes].join();
      };
      return Object.fromEntries(targets.flatMap((target) => Object.entries(ways).map(([name, way]) => [target + ': ' + name, () => tryOften(way, join(folder, target))])));
    })()`,
    );
    for (let round = 0; round < 3; round++) {
      const after = daemon.client.seq;
      process.kill((await daemon.status('web')).monitorProcessId ?? 0, 'SIGKILL');
      await daemon.client.next('online', 'web', after);
    }

    const outcomes = await racing;
    expect(Object.keys(outcomes)).toHaveLength(32);
    // EPERM: a directory cannot be linked to at all.
    for (const [attempt, codes] of Object.entries(outcomes)) expect(String(codes), attempt).toMatch(/^(EACCES|EPERM)(,(EACCES|EPERM))*$/);
    expect(statSync(join(daemon.folder, 'run/ev/guarded')).isFIFO()).toBe(true);
  },
);
