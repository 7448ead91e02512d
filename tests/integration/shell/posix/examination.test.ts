import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { Examiner } from '../../../../daemon/src/shell/posix/examination.ts';
import { identityOf } from '../../../../daemon/src/shell/posix/process-identity.ts';
import { processState } from '../support.ts';

const nobody = Number(/^nobody:[^:]*:(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'))?.[1] ?? 0);

async function start(program: string, ...args: string[]): Promise<ChildProcess> {
  // A group of its own, so that what it starts ends with it.
  const child = spawn(program, args, { stdio: 'ignore', detached: true, env: { PATH: process.env['PATH'], SECRET: 'hunter2' } });
  await once(child, 'spawn');
  onTestFinished(() => void process.kill(-child.pid!, 'SIGKILL'));
  return child;
}

/** Resolves once the process stands as it should. */
async function until(child: ChildProcess, state: string, where = /./): Promise<void> {
  const wchan = (): string => readFileSync(`/proc/${child.pid}/wchan`, 'utf8');
  await expect
    .poll(() => `${processState(child.pid!) ?? ''} ${wchan()}`, { interval: 5 })
    .toMatch(new RegExp(`^${state} .*${where.source}`));
}

function examine(child: ChildProcess, examiner = new Examiner()) {
  const found = examiner.examine(identityOf(child.pid!)!, '/sys/fs/cgroup/x');
  if (!found) throw new Error('it has ended');
  return found;
}

test('a process that sleeps: its files, its threads, and nothing of its environment', async () => {
  const child = await start('sleep', '1000');
  await until(child, 'S', /nanosleep/);
  const found = examine(child);
  expect(found).toMatchObject({ name: 'sleep', state: 'S', moreThreads: 0, children: [], moreChildren: 0 });
  expect(Object.keys(found.files)).toEqual(expect.arrayContaining(['stat', 'wchan', 'status', 'syscall', 'limits', 'cgroup']));
  expect(found.files['wchan']).toMatch(/nanosleep/);
  expect(found.openFiles).toBeGreaterThanOrEqual(3);
  expect(found.threads).toEqual([{ id: child.pid, name: 'sleep', state: 'S', wchan: found.files['wchan'] }]);
  expect(JSON.stringify(found)).not.toContain('hunter2');
});

test('one that spins, one that is stopped', async () => {
  const spinning = await start('sh', '-c', 'while :; do :; done');
  await until(spinning, 'R');
  expect(examine(spinning)).toMatchObject({ name: 'sh', state: 'R' });
  const stopped = await start('sleep', '1000');
  stopped.kill('SIGSTOP');
  await until(stopped, 'T');
  expect(examine(stopped)).toMatchObject({ state: 'T' });
});

test('one that waits for a child: which, and where that one waits', async () => {
  const parent = await start('sh', '-c', 'sleep 1000; true');
  await until(parent, 'S', /wait/);
  const found = examine(parent);
  await expect
    .poll(() => examine(parent).children.map(({ name, wchan }) => `${name} ${wchan}`))
    .toEqual([expect.stringMatching(/^sleep .*nanosleep/)]);
  expect(found.files['wchan']).toMatch(/do_wait|kernel_wait/);
});

// The parent of a vfork stands still in the kernel until its child is done: the only such sleep that needs no broken disk.
const VFORK = 'import ctypes\nlibc = ctypes.CDLL(None)\nif libc.vfork() == 0: libc.pause()';

test('one that is stuck in the kernel is examined without a wait', async () => {
  const child = await start('python3', '-c', VFORK);
  await until(child, 'D', /clone|vfork/);
  const found = examine(child);
  expect(found).toMatchObject({ state: 'D', threads: [{ state: 'D' }] });
  expect(found.files['wchan']).toMatch(/clone|vfork/);
  expect(found.tookMs).toBeLessThan(100);
});

test('of many threads some are told, of the others how many', async () => {
  const script = 'import threading, time\nfor _ in range(50): threading.Thread(target=time.sleep, args=(1000,)).start()';
  const child = await start('python3', '-c', script);
  await expect.poll(() => /^Threads:\s+51$/m.test(readFileSync(`/proc/${child.pid}/status`, 'utf8'))).toBe(true);
  const found = examine(child);
  expect([found.threads.length, found.moreThreads]).toEqual([32, 19]);
});

test('many at once: the first in full, the rest in brief, and in full again later', async () => {
  const child = await start('sleep', '1000');
  const examiner = new Examiner();
  const found = Array.from({ length: 500 }, () => examine(child, examiner));
  const isBrief = found.map(({ unreadable }) => 'the rest' in unreadable);
  expect(isBrief[0]).toBe(false);
  expect(isBrief.at(-1)).toBe(true);
  expect(found.at(-1)).toMatchObject({ name: 'sleep', state: 'S' });
  await expect.poll(() => 'the rest' in examine(child, examiner).unreadable, { timeout: 3_000, interval: 100 }).toBe(false);
});

test('one that has ended, or whose number is another process by now, is not examined', async () => {
  const child = await start('sleep', '1000');
  const identity = identityOf(child.pid!)!;
  expect(new Examiner().examine({ ...identity, startTime: '1' }, null)).toBeNull();
});

test.skipIf(process.getuid?.() !== 0 || nobody === 0)('what only root may read says so (needs root and a user "nobody")', async () => {
  const child = await start('sleep', '1000');
  await until(child, 'S');
  const identity = identityOf(child.pid!)!;
  process.seteuid!(nobody);
  try {
    expect(new Examiner().examine(identity, null)).toMatchObject({
      state: 'S',
      openFiles: null,
      unreadable: {
        stack: expect.stringMatching(/^E(PERM|ACCES): needs root$/),
        fd: expect.stringMatching(/needs root$/),
        cgroup: 'it has none of its own',
      },
    });
  } finally {
    process.seteuid!(0);
  }
});
