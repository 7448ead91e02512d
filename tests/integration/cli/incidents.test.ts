import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Incident, type ProcessExamination } from '@andon/protocol';
import { describe, expect, test } from 'vitest';
import { andon, testFolder } from './run-andon.ts';

const EXAMPLE = Incident.parse(
  JSON.parse(readFileSync(join(import.meta.dirname, '../../../protocol/schema/v1/examples/good/document.incident/deadlock.json'), 'utf8')),
);

async function folderWith(...incidents: readonly Partial<Incident>[]): Promise<string> {
  const folder = await testFolder();
  mkdirSync(join(folder, 'incidents'));
  incidents.forEach((incident, index) => {
    const whole = { ...EXAMPLE, id: `20261122T2145${String(index).padStart(2, '0')}-worker-1`, ...incident };
    writeFileSync(join(folder, 'incidents', `${whole.id}.json`), JSON.stringify(whole));
  });
  return folder;
}

async function shown(incident: Partial<Incident>): Promise<string> {
  const ran = await andon(['incidents', 'show'], await folderWith(incident));
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  return ran.stdout;
}

const process_ = (change: Partial<ProcessExamination>): ProcessExamination => ({
  tookMs: 0.4,
  name: 'python3',
  state: 'S',
  files: {},
  unreadable: {},
  openFiles: 14,
  threads: [{ id: 4125, name: 'python3', state: 'S', wchan: '' }],
  moreThreads: 0,
  children: [],
  moreChildren: 0,
  ...change,
});
const exit = (kind: Incident['end']['kind'], code: number | null, signal: string | null, how: string): Incident['end'] => ({
  kind,
  code,
  signal,
  how,
});

describe('what it probably means: where the process was', () => {
  test.each([
    {
      state: 'D',
      wchan: 'nfs_wait_bit_killable',
      says: ['stuck in the kernel: state D in nfs_wait_bit_killable', 'waits for an NFS server'],
    },
    { state: 'D', wchan: 'folio_wait_bit_common', says: ['waits for a disk: look for I/O errors with journalctl -k'] },
    { state: 'D', wchan: 'request_wait_answer', says: ['a FUSE file system whose program does not answer'] },
    { state: 'D', wchan: 'strange_driver_wait', says: ['storage or a driver that does not answer'] },
    { state: 'R', wchan: '0', says: ['It was running: it spins', 'raise DeadlockTimeout'] },
    { state: 'T', wchan: 'do_signal_stop', says: ['It was stopped: somebody sent it SIGSTOP'] },
    { state: 'S', wchan: 'futex_do_wait', says: ['a lock of its own, held by another of its threads'] },
    { state: 'S', wchan: 'do_epoll_wait', says: ['It was idle (do_epoll_wait): it has forgotten the call'] },
    { state: 'S', wchan: 'pipe_read', says: ['something to read from a pipe'] },
    { state: 'S', wchan: 'wait_woken', says: ['the other end of a connection'] },
    { state: 'S', wchan: 'hrtimer_nanosleep', says: ['time to pass: it sleeps'] },
    { state: 'S', wchan: 'locks_lock_inode_wait', says: ['a file lock that somebody else holds'] },
  ])('$state in $wchan', async ({ state, wchan, says }) => {
    const text = await shown({ process: process_({ state, files: { wchan } }) });
    for (const words of says) expect(text).toContain(words);
  });

  test('waiting for a child that is stuck; another thread stuck; a debugger; half dead', async () => {
    const child = { id: 77, name: 'mount.nfs', state: 'D', wchan: 'rpc_wait_bit_killable' };
    expect(await shown({ process: process_({ files: { wchan: 'do_wait' }, children: [child] }) })).toContain(
      'It waits for a child to end: 77 mount.nfs (D in rpc_wait_bit_killable).',
    );
    const threads = [...process_({}).threads, { id: 4126, name: 'io', state: 'D', wchan: 'io_schedule' }];
    expect(await shown({ process: process_({ files: { wchan: 'futex_wait_queue' }, threads }) })).toContain(
      'A thread of python3 was stuck in the kernel: 4126 io (D in io_schedule); it waits for a disk',
    );
    expect(await shown({ process: process_({ state: 't', files: { status: 'TracerPid:\t99\n' } }) })).toContain(
      'stopped by a debugger or tracer, pid 99',
    );
    expect(await shown({ process: process_({ state: 'Z' }) })).toContain('it was half dead');
    expect(await shown({ process: process_({ unreadable: { wchan: 'EACCES: needs root' } }) })).toContain('(wchan: EACCES: needs root)');
    expect(await shown({ process: null })).toContain('could not be examined before the kill');
  });
});

describe('what it probably means: how it ended by itself', () => {
  test.each([
    {
      end: exit('signalled', null, 'SIGKILL', 'killed by SIGKILL'),
      says: ['killed by signal 9 from outside', "journalctl -k | grep -i -e 'out of memory' -e oom"],
    },
    { end: exit('signalled', null, 'SIGSEGV', 'killed by SIGSEGV'), says: ['SIGSEGV is a crash', 'coredumpctl info 4125'] },
    { end: exit('signalled', null, 'SIGTERM', 'killed by SIGTERM'), says: ['Somebody sent it SIGTERM'] },
    { end: exit('exited', 0, null, 'exited with code 0'), says: ['It ended as if it were done'] },
    { end: exit('exited', 3, null, 'exited with code 3'), says: ['Exit code 3 is its own word', 'The last lines of its log'] },
    { end: exit('exited', 127, null, 'exited with code 127'), says: ['cannot run the command it was given'] },
    { end: exit('gone', null, null, 'gone'), says: ['It was adopted from an earlier daemon'] },
  ])('$end.how', async ({ end, says }) => {
    const text = await shown({
      reason: 'died',
      why: `host ${end.how}`,
      end,
      process: null,
      done: { ...EXAMPLE.done, killScope: null, goneAfterMs: null },
    });
    expect(text).toContain(`Host worker (pid 4125) ended by itself after 2 h: ${end.how}, during isAlive of "mail".`);
    for (const words of says) expect(text).toContain(words);
  });

  test('a host that was killed and is still there; one that never said hello; the others like it', async () => {
    const stuck = await shown({
      end: exit('notGone', null, null, 'still there 10000 ms after SIGKILL; no second host is started'),
      done: { killScope: 'tree', goneAfterMs: null, next: 'no second host is started before it is gone' },
    });
    expect(stuck).toContain('It is still there 10000 ms after SIGKILL. No second host is started before it is gone.');
    const silent = await shown({
      reason: 'noHello',
      why: 'said no hello within 60000 ms',
      process: process_({ files: { wchan: 'do_epoll_wait' } }),
      calls: [],
    });
    expect(silent).toContain('was killed after 2 h: it said no hello within 60000 ms.');
    expect(silent).toContain('it runs and never connected');
    expect(silent).toContain('And 37 more incidents of this host were counted and not kept');
  });
});

test('the list by host, resource and age; what cannot be read hides nothing', async () => {
  const now = new Date().toISOString();
  const folder = await folderWith({ at: '2020-01-01T00:00:00.000Z' }, { at: now, host: 'other', resources: [], culprits: [] }, { at: now });
  writeFileSync(join(folder, 'incidents', '20261122T214559-worker-1.json'), '{');
  writeFileSync(join(folder, 'incidents', 'notes.json'), '{');
  const hosts = async (...args: string[]): Promise<unknown> => {
    const ran = await andon(['incidents', 'list', '--json', ...args], folder);
    expect(ran.stderr).toBe(
      `warning: ${join(folder, 'incidents', '20261122T214559-worker-1.json')} is no incident that this andon understands\n`,
    );
    const { incidents } = ran.json() as { incidents: { host: string }[] };
    return incidents.map(({ host }) => host);
  };
  expect(await hosts()).toEqual(['worker', 'other', 'worker']);
  expect(await hosts('--since', '1h')).toEqual(['other', 'worker']);
  expect(await hosts('--host', 'other')).toEqual(['other']);
  expect(await hosts('--resource', 'mail', '--since', '1h')).toEqual(['worker']);
  const text = await andon(['incidents', 'list'], folder);
  expect(text.stdout).toMatch(
    /^20261122T214500-worker-1 .* worker .*Host worker \(pid 4125\) was killed: isAlive of "mail" had no answer for 5 min/m,
  );
});

test('names that fit none or two, and removal', async () => {
  const folder = await folderWith({}, {});
  const words = { nothing: 'none begins so', '20261122': '2 begin so', '../../etc/passwd': 'none begins so' };
  for (const [word, why] of Object.entries(words)) {
    expect(await andon(['incidents', 'show', word], folder)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining(`There is no incident "${word}" in ${folder}/incidents: ${why}.`),
    });
  }
  expect(await andon(['incidents', 'remove'], folder)).toMatchObject({ code: 2 });
  expect(await andon(['incidents', 'remove', '20261122T214500', '--all'], folder)).toMatchObject({ code: 2 });
  expect((await andon(['incidents', 'remove', '--all', '--json'], folder)).json()).toMatchObject({
    ok: true,
    removed: ['20261122T214500-worker-1', '20261122T214501-worker-1'],
  });
  expect(readdirSync(join(folder, 'incidents'))).toEqual([]);
  expect(await andon(['incidents', 'show'], folder)).toMatchObject({ code: 4, stderr: expect.stringContaining(': none is kept.') });
  expect(await andon(['incidents', 'list'], folder)).toMatchObject({ code: 0, stdout: '' });
});

test('completion knows the ids', async () => {
  const folder = await folderWith({}, {});
  expect((await andon(['complete', '--', 'incidents', 'show', '2026'], folder)).stdout).toBe(
    '20261122T214500-worker-1\n20261122T214501-worker-1\n',
  );
  expect((await andon(['complete', '--', 'incidents', 'show', 'la'], folder)).stdout).toBe('latest\n');
});
