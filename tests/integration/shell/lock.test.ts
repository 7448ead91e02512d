import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acquireLock } from '../../../daemon/src/shell/lock.ts';
import { Folder, isRoot, shell, startScript } from './support.ts';

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
  mkdirSync(folder.at('run'));
  mkdirSync(folder.at('state'));
});
afterEach(() => folder.remove());

const places = () => ({ runtimeDir: folder.at('run'), stateDir: folder.at('state') });

/** Another daemon, which takes the lock and keeps it. */
async function otherDaemon(runtimeDir: string, stateDir: string) {
  const other = startScript(
    `import { acquireLock } from '${shell}lock.ts';
     import { setFlagsFromString } from 'node:v8';
     import { runInNewContext } from 'node:vm';
     acquireLock(${JSON.stringify({ runtimeDir, stateDir })});
     // Nobody refers to what it answered, and it is kept all the same.
     setFlagsFromString('--expose-gc');
     const collectGarbage = runInNewContext('gc');
     for (let turn = 0; turn < 3; turn++) {
       await new Promise((resolve) => setImmediate(resolve));
       collectGarbage();
     }
     console.log(process.pid);
     setInterval(() => undefined, 1000);`,
  );
  return { ...other, pid: Number(await other.lines.next()) };
}

test('a second daemon is refused and told the pid of the first', async () => {
  const other = await otherDaemon(folder.at('run'), folder.at('state'));
  expect(() => acquireLock(places())).toThrow(
    expect.objectContaining({
      code: 'daemonRuns',
      message: `A daemon runs already with ${folder.at('run')}: pid ${other.pid}.`,
    }),
  );
  expect(readFileSync(folder.at('run', 'andond.pid'), 'utf8')).toBe(`${other.pid}\n`);
  other.child.kill('SIGKILL');
  await other.exited;
});

test('the kernel gives it back when its holder is killed', async () => {
  const other = await otherDaemon(folder.at('run'), folder.at('state'));
  other.child.kill('SIGKILL');
  expect(await other.exited).toBe('SIGKILL');
  acquireLock(places()).release();
});

test('a host of the killed daemon does not keep it', async () => {
  const other = startScript(
    `import { acquireLock } from '${shell}lock.ts';
     import { spawn } from 'node:child_process';
     acquireLock(${JSON.stringify(places())});
     console.log(spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }).pid);
     setInterval(() => undefined, 1000);`,
  );
  const host = Number(await other.lines.next());
  other.child.kill('SIGKILL');
  await other.exited;
  acquireLock(places()).release();
  process.kill(host, 'SIGKILL');
});

test('one directory in common is enough, and the other is not kept locked', async () => {
  mkdirSync(folder.at('other'));
  const other = await otherDaemon(folder.at('other'), folder.at('state'));
  expect(() => acquireLock(places())).toThrow(`A daemon runs already with ${folder.at('state')}: pid ${other.pid}.`);
  acquireLock({ runtimeDir: folder.at('run'), stateDir: folder.at('run') }).release();
  other.child.kill('SIGKILL');
  await other.exited;
});

test('after release another may take it, and no pid is left behind', () => {
  acquireLock(places()).release();
  expect(existsSync(folder.at('run', 'andond.pid'))).toBe(false);
  acquireLock(places()).release();
});

test.skipIf(isRoot)('a directory that cannot be written is named (root may write anywhere)', () => {
  chmodSync(folder.at('state'), 0o500);
  expect(() => acquireLock(places())).toThrow(expect.objectContaining({ code: 'directoryTrouble' }));
});

test('a missing directory is named', () => {
  expect(() => acquireLock({ runtimeDir: folder.at('none'), stateDir: folder.at('state') })).toThrow(
    expect.objectContaining({
      code: 'directoryTrouble',
      message: expect.stringContaining(folder.at('none')),
    }),
  );
});
