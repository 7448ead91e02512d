import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Folder, isRoot, shell } from '../support.ts';
import { event, type } from './support.ts';

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

/** A file system of its own, small enough to be filled. */
function runOnSmallDisk(body: string): string[] {
  const script = `
    import { SqliteStore } from '${shell}store/sqlite-store.ts';
    import { SystemClock } from '${shell}system-clock.ts';
    import { writeFileSync, rmSync } from 'node:fs';
    import { execFileSync } from 'node:child_process';
    const path = '${folder.path}/andon.db';
    const clock = new SystemClock();
    const fill = () => { try { writeFileSync('${folder.path}/filler', Buffer.alloc(4 << 20)); } catch {} };
    const event = (seq) => ({ ...${JSON.stringify(event(1))}, seq, reason: 'x'.repeat(2000) });
    const type = (name) => ({ ...${JSON.stringify(type('x'))}, name });
    const attempt = (action) => { try { action(); console.log('done'); } catch (error) { console.log(error.name + ' ' + error.message); } };
    ${body}
    process.exit(0);`;
  const mounted = `mount -t tmpfs -o size=1m none "${folder.path}" && exec "$0" --conditions=andon-src --input-type=module-typescript --eval "$1"`;
  const output = execFileSync('unshare', ['--mount', 'sh', '-c', mounted, process.execPath, script], {
    encoding: 'utf8',
  });
  return output.trim().split('\n');
}

describe.skipIf(!isRoot)('a disk that refuses (needs root, for a file system of its own)', () => {
  test('full: writes are trouble, reading goes on, and all is well once there is room', () => {
    const said = runOnSmallDisk(`
      const store = new SqliteStore(path, clock);
      store.append([], [event(1)]);
      fill();
      attempt(() => { for (let seq = 2; seq < 2000; seq++) store.append([], [event(seq)]); });
      const last = store.lastSeq();
      console.log(store.events({ limit: 10_000 }).at(-1).seq === last);
      attempt(() => { for (let n = 0; n < 500; n++) store.changeConfiguration({ saveTypes: [type('t' + n)] }); });
      attempt(() => store.changeConfiguration({ saveTypes: Array.from({ length: 500 }, (_, n) => type('u' + n)) }));
      console.log(store.configuration().types.some(({ name }) => name.startsWith('u')));
      rmSync('${folder.path}/filler');
      attempt(() => store.append([], [event(last + 1)]));
      store.close();
      console.log(new SqliteStore(path, clock).lastSeq() === last + 1);`);
    const full = 'StoreTrouble the disk is full (SQLITE_FULL)';
    expect(said).toEqual([full, 'true', full, full, 'false', 'done', 'true']);
  });

  test('full when the daemon starts: the store opens, so that hosts can be adopted', () => {
    const said = runOnSmallDisk(`
      const first = new SqliteStore(path, clock);
      first.changeConfiguration({ saveTypes: [type('web')] });
      first.close();
      rmSync(path + '-shm', { force: true });
      fill();
      const second = new SqliteStore(path, clock);
      console.log(second.epoch, second.configuration().types.length);`);
    expect(said).toEqual(['2 1']);
  });

  test('full when a first store is to be made: refused, and nothing half made is left', () => {
    const said = runOnSmallDisk(`
      import { readdirSync } from 'node:fs';
      fill();
      attempt(() => new SqliteStore(path, clock));
      console.log(readdirSync('${folder.path}').join());`);
    expect(said[0]).toMatch(/^AndonError The store \S+ cannot be written: the disk is full \(SQLITE_FULL\)\.$/);
    expect(said[1]).toBe('filler');
  });

  test('read-only when the daemon starts: refused with the reason', () => {
    const said = runOnSmallDisk(`
      new SqliteStore(path, clock).close();
      execFileSync('mount', ['-o', 'remount,ro', '${folder.path}']);
      attempt(() => new SqliteStore(path, clock));`);
    expect(said[0]).toMatch(/^AndonError The store \S+ cannot be written: /);
  });
});
