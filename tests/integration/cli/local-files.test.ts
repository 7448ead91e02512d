import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { appendFile, open, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { andon, fakeDaemon, startAndon, testFolder } from './run-andon.ts';
import { resourceStatus, statusDocument } from './fake-daemon.ts';

/** POSIX; Node has no call for it. */
const MKFIFO = 'mkfifo';

describe('logs', () => {
  async function logFile(text: string): Promise<{ folder: string; path: string }> {
    const { folder, daemon } = await fakeDaemon({});
    const path = join(folder, 'worker.log');
    await writeFile(path, text);
    daemon.answers.logPath = () => ({ host: 'worker', path, application: null });
    return { folder, path };
  }

  test('the last 50 lines, or as many as were asked for', async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}`);
    const { folder } = await logFile(`${lines.join('\n')}\n`);
    expect((await andon(['logs', 'mail'], folder)).stdout).toBe(`${lines.slice(-50).join('\n')}\n`);
    expect((await andon(['logs', 'mail', '--lines', '12000'], folder)).stdout).toBe(`${lines.slice(-12_000).join('\n')}\n`);
    expect((await andon(['logs', 'mail', '-n', '0'], folder)).stdout).toBe('');
    expect((await andon(['logs', 'mail', '-n', '1', '--json'], folder)).json()).toMatchObject({
      host: 'worker',
      lines: ['line 19999'],
    });
  });

  test('--follow goes on through a truncation', async () => {
    const { folder, path } = await logFile('old line\n');
    const running = startAndon(['logs', 'mail', '--follow'], folder);
    await running.says('old line\n');
    await appendFile(path, 'appended\n');
    await running.says('appended\n');
    await truncate(path, 0);
    await appendFile(path, 'new\n');
    await running.says('new\n');
  });

  test('a host that has printed nothing is no error', async () => {
    const { folder, daemon } = await fakeDaemon({});
    daemon.answers.logPath = () => ({ host: 'worker', path: join(folder, 'none.log'), application: null });
    const ran = await andon(['logs', 'mail'], folder);
    expect(ran).toMatchObject({ code: 0, stdout: '' });
    expect(ran.stderr).toContain('Host worker has printed nothing yet');
  });
});

describe('fail without a daemon', () => {
  test('writes the record into the pipe, and says so', async () => {
    const folder = await testFolder();
    const eventHandle = join(folder, 'events');
    execFileSync(MKFIFO, [eventHandle]);
    const pipe = await open(eventHandle, constants.O_RDWR | constants.O_NONBLOCK);
    const env = { ANDON_EVENT_HANDLE: eventHandle, ANDON_FAILURE_RECORD: 'web@7' };
    const ran = await andon(['fail', 'web', '--reason', 'disk\ngone'], folder, { env });
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain(`No daemon answers; wrote the failure record "web@7 disk gone" to ${eventHandle}`);
    const { buffer, bytesRead } = await pipe.read(Buffer.alloc(512), 0, 512);
    await pipe.close();
    expect(buffer.toString('utf8', 0, bytesRead)).toBe('web@7 disk gone\n');
  });

  test('never into anything else than a pipe, never into one that nobody reads, never for another resource', async () => {
    const folder = await testFolder();
    const file = join(folder, 'file');
    const pipe = join(folder, 'pipe');
    await writeFile(file, '');
    execFileSync(MKFIFO, [pipe]);
    const env = (eventHandle: string): Record<string, string> => ({
      ANDON_EVENT_HANDLE: eventHandle,
      ANDON_FAILURE_RECORD: 'web@7',
    });
    const intoFile = await andon(['fail', 'web'], folder, { env: env(file) });
    expect(intoFile.code).toBe(6);
    expect(intoFile.stderr).toContain('it is not a named pipe');
    expect(await readFile(file, 'utf8')).toBe('');
    const unread = await andon(['fail', 'web'], folder, { env: env(pipe) });
    expect(unread.code).toBe(6);
    expect(unread.stderr).toContain('nobody reads this event handle any more');
    const missing = await andon(['fail', 'web'], folder, { env: env(join(folder, 'none')) });
    expect(missing.stderr).toContain('it does not exist');
    const other = await andon(['fail', 'db'], folder, { env: env(pipe) });
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('ANDON_FAILURE_RECORD is that of "web", not of "db"');
  });

  test('without the variables it is unreachable as for any other command', async () => {
    expect((await andon(['fail', 'web'], await testFolder())).code).toBe(3);
  });
});

describe('up and down', () => {
  test('a second daemon is refused with the pid of the first', async () => {
    const { folder } = await fakeDaemon({});
    for (const args of [['up'], ['up', '--detach']]) {
      const ran = await andon(args, folder);
      expect(ran.code).toBe(6);
      expect(ran.stderr).toContain(`A daemon runs already with ${folder}: pid ${process.pid}.`);
    }
  });

  test('down returns when the process is gone, and says what did not get offline', async () => {
    const standIn = spawn(process.execPath, ['-e', 'process.stdin.resume().on("end", () => process.exit())'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    onTestFinished(() => void standIn.kill('SIGKILL'));
    const { folder, daemon } = await fakeDaemon({
      ping: () => ({ pid: standIn.pid!, version: '0.1.0' }),
      status: () => statusDocument([resourceStatus('a'), resourceStatus('b'), resourceStatus('c', { state: 'Offline' })]),
      shutdown: () => {
        daemon.emit('offline', { resource: 'a', state: 'Offline' });
        daemon.emit('offlinePending', { resource: 'b', state: 'OfflinePending' });
        setImmediate(() => {
          daemon.stop();
          standIn.stdin.end();
        });
        return {};
      },
    });
    const exited = once(standIn, 'exit');
    const ran = await andon(['down'], folder);
    await exited;
    expect(ran.code).toBe(1);
    expect(ran.stderr).toBe(`b did not get offline: it was OfflinePending\nandond (pid ${standIn.pid}) has ended\n`);
  });

  test('down --leave-resources leaves them out of it', async () => {
    const standIn = spawn(process.execPath, ['-e', 'process.stdin.resume().on("end", () => process.exit())'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    onTestFinished(() => void standIn.kill('SIGKILL'));
    const { folder, daemon } = await fakeDaemon({
      ping: () => ({ pid: standIn.pid!, version: '0.1.0' }),
      shutdown: () => {
        daemon.stop();
        standIn.stdin.end();
        return {};
      },
    });
    const ran = await andon(['down', '--leave-resources', '--json'], folder);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.json()).toEqual({ ok: true, pid: standIn.pid, leaveResources: true, remaining: [] });
    expect(daemon.sent('shutdown')).toEqual([{ leaveResources: true, restart: false }]);
  });
});
