import type { ControlResult } from '@andon/protocol';
import { expect, test } from 'vitest';
import { type Answers, hostStatus, resourceStatus, statusDocument } from './fake-daemon.ts';
import { andon, fakeDaemon, hasTerminal, onTerminal, startAndon } from './run-andon.ts';

const HOST = hostStatus('worker', { state: 'quarantined', deaths: 5, trouble: 'exited with code 1' });
const TYPE: ControlResult<'typeShow'> = {
  ...typeDefinition('worker'),
  builtIn: false,
  source: null,
  resources: ['mail'],
  hosts: ['worker'],
};
const DEFINITION = resourceDefinition('mail', 'worker');

function typeDefinition(name: string): ControlResult<'export'>['types'][number] {
  return brand({
    name,
    description: 'does work',
    command: ['/usr/bin/python3', '/srv/worker.py'],
    env: {},
    properties: {
      PendingTimeout: 180_000,
      DeadlockTimeout: 300_000,
      TerminateTimeout: 30_000,
      onSignal: 'terminate',
      requireIncarnation: false,
      killScope: 'tree',
      startTimeoutMs: 60_000,
      shareHost: false,
      pingIntervalMs: 10_000,
    },
  });
}

function resourceDefinition(name: string, type: string): ControlResult<'export'>['resources'][number] {
  return brand({
    name,
    type,
    group: null,
    dependsOn: '',
    set: { queue: 'mail' },
    properties: {
      RestartAction: 'RestartNotify',
      RestartDelay: 500,
      RestartPeriod: 900_000,
      RestartThreshold: 3,
      RetryPeriodOnFailure: 3_600_000,
      SeparateMonitor: false,
    },
  });
}

/** Names are branded only where they were parsed; the fake daemon parses them. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- whatever the caller needs it to be
function brand<T>(value: unknown): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return value as T;
}

const MAIL = resourceStatus('mail', { statusText: 'busy\u001b[31m' });
const READING: readonly {
  readonly args: readonly string[];
  readonly answers: Answers;
  readonly document: unknown;
  readonly table: RegExp;
}[] = [
  {
    args: ['status'],
    answers: { status: () => statusDocument([MAIL], { hosts: [HOST] }) },
    document: statusDocument([MAIL], { hosts: [HOST] }),
    table: /Needs attention\nX host worker: quarantined: exited with code 1\n(.*\n)*\* mail +Online +worker +event +worker +busy \[31m\n/,
  },
  {
    args: ['status', 'mail'],
    answers: { status: () => statusDocument([MAIL]) },
    document: statusDocument([MAIL]),
    table: /state: +Online \(wanted Online\)/,
  },
  {
    args: ['type', 'list'],
    answers: { typeList: () => ({ types: [TYPE] }) },
    document: { types: [TYPE] },
    table: /worker +1 +\/usr\/bin\/python3 \/srv\/worker.py +does work/,
  },
  {
    args: ['type', 'show', 'worker'],
    answers: { typeShow: () => TYPE },
    document: TYPE,
    table: /command: +\/usr\/bin\/python3/,
  },
  {
    args: ['resource', 'list'],
    answers: { resourceList: () => ({ resources: [DEFINITION] }) },
    document: { resources: [DEFINITION] },
    table: /mail +worker +- +- +queue=mail/,
  },
  {
    args: ['resource', 'show', 'mail'],
    answers: { resourceShow: () => ({ definition: DEFINITION, source: '/etc/andon/resources.d/mail.toml', status: MAIL }) },
    document: { definition: DEFINITION, source: '/etc/andon/resources.d/mail.toml', status: MAIL },
    table: /set: +queue=mail[^]*source: +\/etc\/andon\/resources.d\/mail.toml/,
  },
  {
    args: ['group', 'list'],
    answers: {
      groupList: () => ({
        groups: [{ name: 'shop', description: '', state: 'Failed', resources: ['mail'] }],
      }),
    },
    document: { groups: [{ name: 'shop', description: '', state: 'Failed', resources: ['mail'] }] },
    table: /shop +Failed +mail/,
  },
  {
    args: ['host', 'list'],
    answers: { hostList: () => ({ hosts: [HOST] }) },
    document: { hosts: [HOST] },
    table: /exited with code 1; clear with: andon host unquarantine worker/,
  },
];

test.each(READING)('andon $args', async ({ args, answers, document, table }) => {
  const { folder } = await fakeDaemon(answers);
  const json = await andon([...args, '--json'], folder);
  expect(json).toMatchObject({ code: 0, stderr: '' });
  expect(json.json()).toEqual(document);
  const text = await andon(args, folder);
  expect(text).toMatchObject({ code: 0, stderr: '' });
  expect(text.stdout).toMatch(table);
});

const ACTING: readonly {
  readonly args: readonly string[];
  readonly answers: Answers;
  readonly sent: Readonly<Record<string, unknown>>;
  readonly document: unknown;
}[] = [
  {
    args: ['type', 'unregister', 'worker'],
    answers: { typeUnregister: () => ({ warnings: [] }) },
    sent: { typeUnregister: { name: 'worker' } },
    document: { ok: true, name: 'worker', warnings: [] },
  },
  {
    args: ['resource', 'remove', 'mail', '--force'],
    answers: { resourceRemove: () => ({ warnings: [] }) },
    sent: { resourceRemove: { name: 'mail', force: true } },
    document: { ok: true, name: 'mail', warnings: [] },
  },
  {
    args: ['group', 'add', 'shop', '--description', 'web shop'],
    answers: { groupAdd: () => ({}) },
    sent: { groupAdd: { group: { name: 'shop', description: 'web shop' } } },
    document: { ok: true, name: 'shop' },
  },
  {
    args: ['group', 'remove', 'shop'],
    answers: { groupRemove: () => ({ warnings: [] }) },
    sent: { groupRemove: { name: 'shop', force: false } },
    document: { ok: true, name: 'shop', warnings: [] },
  },
  {
    args: ['host', 'unquarantine', 'worker'],
    answers: { hostUnquarantine: () => ({}) },
    sent: { hostUnquarantine: { host: 'worker' } },
    document: { ok: true, host: 'worker' },
  },
  {
    args: ['control', 'mail', 'setLevel', '{"level":3}'],
    answers: { control: () => ({ output: [1], handledBy: 'host' }) },
    sent: { control: { name: 'mail', code: 'setLevel', input: { level: 3 } } },
    document: { ok: true, handledBy: 'host', output: [1] },
  },
  {
    args: ['fail', 'mail', '--reason', 'stuck'],
    answers: { fail: () => ({ incarnation: 7 }) },
    sent: { fail: { name: 'mail', reason: 'stuck' } },
    document: { ok: true, name: 'mail', incarnation: 7, by: 'daemon' },
  },
];

test.each(ACTING)('andon $args', async ({ args, answers, sent, document }) => {
  const { folder, daemon } = await fakeDaemon(answers);
  const json = await andon([...args, '--json'], folder);
  expect(json).toMatchObject({ code: 0, stderr: '' });
  expect(json.json()).toEqual(document);
  expect(daemon.requests).toEqual(Object.entries(sent).map(([method, params]) => ({ method, params })));
});

test('colour only where it is asked for: none into a pipe, none with NO_COLOR', async () => {
  const { folder } = await fakeDaemon({ status: () => statusDocument([MAIL]) });
  const escape = '\u001b';
  expect((await andon(['status'], folder)).stdout).not.toContain(escape);
  expect((await andon(['status'], folder, { env: { FORCE_COLOR: '1' } })).stdout).toContain(escape);
  expect((await andon(['status'], folder, { env: { NO_COLOR: '1' } })).stdout).not.toContain(escape);
});

test.skipIf(!hasTerminal)('a terminal is never written past its edge; without one nothing is cut (needs script)', async () => {
  const reason = 'x'.repeat(200);
  const failed = resourceStatus('a', { state: 'Failed', lastFailure: { at: '2026-11-22T12:00:00.000Z', reason, source: 'isAlive' } });
  const { folder } = await fakeDaemon({ status: () => statusDocument([failed, resourceStatus('web', { dependsOn: '[a]' })]) });
  const lines = await onTerminal(['status'], folder, { columns: 30, rows: 50 });
  expect(lines.filter((line) => line.length > 30)).toEqual([]);
  expect(lines.filter((line) => line.endsWith('…')).length).toBeGreaterThan(2);
  expect((await andon(['status'], folder)).stdout).toContain(reason);
});

test.skipIf(!hasTerminal)('what has left the screen is summed up at its end (needs script)', async () => {
  const many = Array.from({ length: 30 }, (_, index) => resourceStatus(`r${index}`));
  const { folder } = await fakeDaemon({ status: () => statusDocument(many) });
  const sum = '30 resources: 30 online; 0 hosts';
  expect((await onTerminal(['status'], folder, { columns: 80, rows: 20 })).slice(-2)).toEqual([sum, '']);
  expect((await onTerminal(['status'], folder, { columns: 80, rows: 50 })).filter((line) => line === sum)).toHaveLength(1);
});

test('--failed and --group leave a part, as text and as a document; an unknown group is refused', async () => {
  const document = statusDocument(
    [MAIL, resourceStatus('bad', { state: 'Failed', group: 'shop' }), resourceStatus('good', { group: 'shop' })],
    { groups: [{ name: 'shop', description: '', state: 'Failed', resources: ['bad', 'good'] }] },
  );
  const { folder } = await fakeDaemon({ status: () => document });
  const names = async (...args: string[]): Promise<unknown> => {
    const { resources } = statusDocument([], (await andon(['status', ...args, '--json'], folder)).json() as object);
    return resources.map(({ name }) => name);
  };
  expect(await names('--failed')).toEqual(['bad']);
  expect(await names('--group', 'shop')).toEqual(['bad', 'good']);
  expect((await andon(['status', '--group', 'shop'], folder)).stdout).not.toContain('mail');
  expect((await andon(['status', '--flat', '--failed'], folder)).stdout).toMatch(/^NAME .*\nbad +Failed .*\n$/);
  const refused = await andon(['status', '--group', 'shpo'], folder);
  expect(refused).toMatchObject({ code: 4, stdout: '' });
  expect(refused.stderr).toContain('There is no group "shpo". Did you mean "shop"?');
});

test('status NAME shows what it depends on and who needs it', async () => {
  const all = [resourceStatus('db'), resourceStatus('mail', { dependsOn: '[db]' }), resourceStatus('web', { dependsOn: '[mail]' })];
  const { folder } = await fakeDaemon({ status: ({ names }) => statusDocument(all.filter(({ name }) => names?.includes(name) ?? true)) });
  const { stdout } = await andon(['status', 'mail'], folder);
  expect(stdout).toMatch(/^needed by: +web$/m);
  expect(stdout).toMatch(/\* mail +Online .*\n`- \* db +Online /);
});

test('status --watch draws again on an event', async () => {
  const looks = [resourceStatus('mail'), resourceStatus('mail', { state: 'Failed', settled: false })];
  const { folder, daemon } = await fakeDaemon({ status: () => statusDocument([looks.shift() ?? MAIL]) });
  const running = startAndon(['status', '--watch'], folder);
  await running.says('* mail    Online');
  daemon.emit('failed', { state: 'Failed', reason: 'x', source: 'isAlive', resource: 'mail' });
  await running.says('X mail    Failed');
  daemon.disconnectAll();
  expect((await running.ended()).code).toBe(3);
});

test('a reader that has gone is no error', async () => {
  const many = Array.from({ length: 3000 }, (_, index) => resourceStatus(`r${index}`));
  const { folder } = await fakeDaemon({ status: () => statusDocument(many) });
  const running = startAndon(['status'], folder);
  running.child.stdout.once('data', () => running.child.stdout.destroy());
  expect(await running.ended()).toMatchObject({ code: 0, stderr: '' });
});

test('doctor: one check a line, with a remedy for what fails; as a document too', async () => {
  const { folder } = await fakeDaemon({
    status: () =>
      statusDocument([MAIL], {
        hosts: [HOST],
        daemon: { ...statusDocument([]).daemon, runtimeDir: folder0(), stateDir: folder0() },
      }),
  });
  const ran = await andon(['doctor', '--json'], folder);
  expect(ran.json()).toMatchObject({
    checks: expect.arrayContaining([
      expect.objectContaining({ name: 'daemon', result: 'ok' }),
      expect.objectContaining({ name: 'hosts', result: 'warn' }),
    ]),
  });
  const text = await andon(['doctor'], folder);
  expect(text.stdout).toContain('warn  hosts: in trouble: worker (quarantined: exited with code 1)');
  expect(text.stdout).toContain('See: andon logs worker');
  expect(text.code).toBe(6);
  expect(text.stdout).toMatch(/^fail {2}runtime directory: .*it does not exist/m);
});

/** A folder that is not there. */
function folder0(): string {
  return '/nowhere/andon';
}
