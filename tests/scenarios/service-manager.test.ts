import { join } from 'node:path';
import { describe, expect, test, onTestFinished } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { NotifyListener } from '../support/notify-listener.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** A daemon that a service manager runs, and what that one is told. */
async function service(env: Record<string, string> = {}, path?: string): Promise<{ daemon: TestDaemon; told: NotifyListener }> {
  const folder = temporaryFolder();
  const socket = path ?? join(folder, 'notify');
  const told = await NotifyListener.start(socket);
  const daemon = new TestDaemon(folder, { NOTIFY_SOCKET: socket, ...env });
  onTestFinished(() => daemon.end());
  await daemon.up();
  return { daemon, told };
}

const says = (word: string) => (lines: readonly string[]) => lines.some((line) => line.startsWith(word));

describe('a daemon that a service manager runs', () => {
  test('says that it is ready, and how its resources are', async () => {
    const { daemon, told } = await service();
    expect(await told.next(says('READY=1'))).toEqual(['READY=1', 'STATUS=0 resources']);
    await daemon.scripted('scripted');
    await daemon.add('a', 'scripted', {}, { properties: { RestartAction: 'DontRestart' } });
    await daemon.online('a');
    await told.next(says('STATUS=1 resource: 1 Online'));
    await daemon.client.request('fail', { name: 'a' });
    await told.next(says('STATUS=1 resource: 1 Failed (a)'));
    expect((await daemon.client.request('status', {})).daemon.serviceManager).toBe('systemd');
  });

  test('feeds the watchdog while its loop turns, and only then', async () => {
    const { daemon, told } = await service({ WATCHDOG_USEC: '200000' });
    await told.next(says('WATCHDOG=1'));
    await told.next(says('WATCHDOG=1'));
    process.kill(daemon.pid, 'SIGSTOP');
    // What it said before it stood still.
    await told.quiet(1_000);
    process.kill(daemon.pid, 'SIGCONT');
    await told.next(says('WATCHDOG=1'));
    // The ports of a daemon that is gone are silent: nobody feeds the watchdog in its place.
    await daemon.crash();
    await told.quiet(1_000);
  });

  test('is heard on an abstract socket', async () => {
    const { told } = await service({}, `@andon-test-${process.pid}`);
    await told.next(says('READY=1'));
  });

  test('says that it stops, for how long, and what it waits for', async () => {
    const { daemon, told } = await service();
    await daemon.scripted('scripted');
    await daemon.add('slow', 'scripted', { offline: 'pending' });
    await daemon.online('slow');
    const stopped = daemon.stop();
    expect(await told.next(says('STOPPING=1'))).toEqual(['STOPPING=1', 'EXTEND_TIMEOUT_USEC=90000000']);
    await told.next(says('STATUS=stopping; 1 resource: 1 OfflinePending (slow)'));
    await daemon.crash();
    await stopped;
  });

  test('leaves its hosts and asks for the next daemon when it is to be upgraded', async () => {
    const { daemon, told } = await service();
    await told.next(says('READY=1'));
    await daemon.scripted('scripted');
    await daemon.add('a', 'scripted');
    await daemon.online('a');
    const [{ pid } = { pid: null }] = (await daemon.client.request('status', {})).hosts;
    const exited = daemon.exited();
    await daemon.client.request('shutdown', { leaveResources: true, restart: true }).catch(() => undefined);
    expect(await exited).toBe(75);
    await daemon.up();
    await told.next(says('READY=1'));
    expect((await daemon.client.request('status', {})).hosts[0]?.pid).toBe(pid);
  });

  test('tells nobody when the variables were meant for another process', async () => {
    const { daemon, told } = await service({ SYSTEMD_EXEC_PID: '1', WATCHDOG_USEC: '100000' });
    expect((await daemon.client.request('status', {})).daemon.serviceManager).toBeNull();
    await told.quiet(500);
  });
});
