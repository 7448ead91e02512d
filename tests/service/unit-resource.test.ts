import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AndonEvent, StatusDocument } from '@andon/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, Machine, whyNoMachine } from '../support/systemd/machine.ts';

const UNITS: Readonly<Record<string, string>> = {
  'plain.service': '[Service]\nExecStart=/usr/bin/sleep 100000\n',
  'restarting.service': '[Service]\nExecStart=/usr/bin/sleep 100000\nRestart=always\nRestartSec=100ms\n',
  'hanging.service':
    '[Service]\nType=notify\nNotifyAccess=all\nWatchdogSec=1s\nWatchdogSignal=SIGKILL\nExecStart=/bin/sh -c "systemd-notify --ready; exec sleep 100000"\n',
  'broken.service': '[Service]\nType=oneshot\nExecStart=/usr/bin/false\n',
  'bad.service': '[Service]\nType=simple\n',
  'brief.service': '[Service]\nType=oneshot\nExecStart=/usr/bin/true\n',
  'remaining.service': '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/usr/bin/true\n',
};

const why = whyNoMachine();

describe.skipIf(why !== null)(`units of a real systemd${why === null ? '' : ` (skipped: ${why})`}`, () => {
  let machine: Machine;

  beforeAll(async () => {
    machine = new Machine('system');
    for (const [name, text] of Object.entries(UNITS)) writeFileSync(join(machine.folder, 'etc/systemd/system', name), text);
    await machine.boot();
    await machine.systemctl('mask', '--runtime', 'masked.service');
    await andon('up', '--detach');
  });
  afterAll(() => machine.remove());

  async function andon(...words: string[]): Promise<string> {
    const { code, stdout, stderr } = await machine.andon(...words);
    if (code !== 0) throw new Error(`andon ${words.join(' ')} ended with ${code}: ${stdout}${stderr}`);
    return stdout;
  }

  async function add(name: string, ...set: string[]): Promise<void> {
    const words = [`unit=${name}`, ...set].flatMap((one) => ['--set', one]);
    await andon('resource', 'add', name, '--type', 'systemd-unit', ...words, '--property', 'RestartDelay=10');
  }

  async function resource(name: string): Promise<StatusDocument['resources'][number] | undefined> {
    return (JSON.parse(await andon('status', name, '--json')) as StatusDocument).resources[0];
  }

  async function show(unit: string, property: string): Promise<string> {
    return (await machine.systemctl('show', unit, `--property=${property}`, '--value')).stdout.trim();
  }

  async function failures(name: string): Promise<string[]> {
    const { events } = JSON.parse(await andon('events', '--resource', name, '--json')) as { events: AndonEvent[] };
    return events.flatMap((event) => (event.kind === 'failed' ? [`${String(event['source'])}: ${String(event['reason'])}`] : []));
  }

  async function isOnlineAs(name: string, incarnation: number): Promise<void> {
    let seen = '';
    const isIt = async (): Promise<boolean> => {
      const { state, incarnation: number, lastFailure } = (await resource(name)) ?? {};
      seen = JSON.stringify({ state, number, lastFailure });
      return state === 'Online' && number === incarnation;
    };
    await eventually(`${name} is Online as ${incarnation}`, isIt).catch((error: unknown) => {
      throw new Error(`${String(error)}; it is ${seen}`, { cause: error });
    });
  }

  test('kill -9 of the main process is told at once, and the unit is started again', { timeout: 60_000 }, async () => {
    await add('plain');
    await andon('online', 'plain');
    const pid = await show('plain', 'MainPID');
    expect(await resource('plain')).toMatchObject({ contract: 'event', statusText: `pid ${pid}` });
    await machine.must(['kill', '-9', pid]);
    await isOnlineAs('plain', 2);
    expect(await failures('plain')).toEqual(['failureRecord: plain.service: it is failed (failed, signal 9)']);
    expect(await show('plain', 'MainPID')).not.toBe(pid);
  });

  test('systemctl stop by somebody else is a failure with its reason', { timeout: 60_000 }, async () => {
    await machine.systemctl('stop', 'plain');
    await isOnlineAs('plain', 3);
    expect((await failures('plain')).at(-1)).toMatch(/^failureRecord: plain\.service: it is (deactivating|inactive) /);
  });

  test('kill -9 of host and daemon leaves the unit alone; the next ones go on with it', { timeout: 60_000 }, async () => {
    const pid = await show('plain', 'MainPID');
    const host = String((await resource('plain'))?.monitorProcessId);
    await machine.must(['kill', '-9', host]);
    await isOnlineAs('plain', 4);
    expect(await show('plain', 'MainPID')).toBe(pid);
    await machine.must(['sh', '-c', 'kill -9 $(cat /run/andon/andond.pid)']);
    await andon('up', '--detach');
    await isOnlineAs('plain', 4);
    expect(await show('plain', 'MainPID')).toBe(pid);
  });

  test('a manager that executes itself anew is connected to again, and nothing has failed', { timeout: 60_000 }, async () => {
    await machine.must(['systemctl', 'daemon-reexec']);
    const pid = await show('plain', 'MainPID');
    await machine.must(['kill', '-9', pid]);
    await isOnlineAs('plain', 5);
  });

  test('offline stops the unit', { timeout: 60_000 }, async () => {
    await andon('offline', 'plain');
    expect(await show('plain', 'ActiveState')).toBe('inactive');
  });

  test('a restart by Restart= is a failure, or is tolerated', { timeout: 60_000 }, async () => {
    await add('restarting', 'onUnitRestart=tolerate');
    await andon('online', 'restarting');
    await machine.must(['kill', '-9', await show('restarting', 'MainPID')]);
    await eventually('the unit was restarted', async () => (await show('restarting', 'NRestarts')) === '1');
    await eventually('its new pid is shown', async () => {
      return (await resource('restarting'))?.statusText === `pid ${await show('restarting', 'MainPID')}`;
    });
    expect(await failures('restarting')).toEqual([]);
    await andon('resource', 'set', 'restarting', '--set', 'onUnitRestart=fail');
    await andon('offline', 'restarting');
    await andon('online', 'restarting');
    await machine.must(['kill', '-9', await show('restarting', 'MainPID')]);
    await isOnlineAs('restarting', 3);
    expect(await failures('restarting')).toEqual([
      expect.stringContaining('restarting.service: it is activating (auto-restart, signal 9)'),
    ]);
    await andon('offline', 'restarting');
    expect(await show('restarting', 'ActiveState')).toBe('inactive');
  });

  test('a unit whose watchdog bites has failed', { timeout: 60_000 }, async () => {
    await add('hanging');
    await andon('online', 'hanging');
    await eventually('it has failed', async () => (await failures('hanging')).some((failure) => failure.includes('watchdog')));
    await andon('offline', 'hanging');
  });

  test.each([
    ['broken', 'start of broken.service: failed; it is failed (failed, exit-code 1); see: journalctl -u broken.service'],
    ['bad', 'unit bad.service is bad-setting'],
    ['masked', 'unit masked.service is masked'],
    ['absent', 'unit absent.service is not-found'],
    ['brief', 'start of brief.service: done; it is inactive (dead); a oneshot service stays active with RemainAfterExit=yes'],
  ])('%s cannot be brought online, and says why', { timeout: 60_000 }, async (name, reason) => {
    await add(name);
    await machine.andon('online', name, '--wait', '5');
    expect((await failures(name))[0]).toContain(reason);
    await machine.andon('offline', name);
  });

  test('what has no process is watched, too: oneshot with RemainAfterExit', { timeout: 60_000 }, async () => {
    await add('remaining');
    await andon('online', 'remaining');
    await machine.systemctl('stop', 'remaining');
    await isOnlineAs('remaining', 2);
    await andon('offline', 'remaining');
  });
});
