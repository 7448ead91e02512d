import { chmodSync, chownSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { TestDaemon } from '../../support/daemon.ts';
import { happened } from '../../support/history.ts';
import { actions, configure, held, sleeper, unconfigure } from './support.ts';

async function daemonWith(files: Readonly<Record<string, string>>, env: Record<string, string> = {}): Promise<TestDaemon> {
  const daemon = new TestDaemon(undefined, env);
  onTestFinished(() => daemon.end());
  for (const [file, text] of Object.entries(files)) configure(daemon, file, text);
  await daemon.up();
  return daemon;
}

test('the directory is in force when the daemon starts, and what says online comes online', async () => {
  const daemon = await daemonWith({
    'types.d/worker.toml': '[type]\nname = "worker"\ncommand = ["/bin/true"]\n',
    'resources.d/a.toml': sleeper('web', 'online = true\ngroup = "front"\n'),
    'resources.d/b.toml': sleeper('idle'),
    'resources.d/b.toml~': 'no TOML',
    'resources.d/.b.toml': 'no TOML either',
  });

  await happened(daemon, ({ kind, resource }) => kind === 'online' && resource === 'web');
  expect(await held(daemon)).toEqual({ types: ['worker'], groups: ['front'], resources: ['idle', 'web'], online: ['web'] });
  expect((await daemon.status('idle')).state).toBe('Offline');
  const { source } = await daemon.client.request('resourceShow', { name: 'web' });
  expect(source).toBe(join(daemon.folder, 'etc/resources.d/a.toml'));
  expect((await daemon.client.request('typeShow', { name: 'worker' })).source).toBe(join(daemon.folder, 'etc/types.d/worker.toml'));
});

test('online is for the first time only: a later reload leaves the wanted state alone', async () => {
  const daemon = await daemonWith({ 'resources.d/a.toml': sleeper('web', 'online = true\n') });
  await happened(daemon, ({ kind, resource }) => kind === 'online' && resource === 'web');
  const after = daemon.client.seq;
  await daemon.client.request('offline', { names: ['web'] });
  await daemon.client.next('offline', 'web', after);

  const { steps } = await daemon.client.request('reload', {});

  expect(actions(steps)).toEqual([]);
  expect((await daemon.status('web')).wanted).toBe('Offline');
});

test('that it is wanted online is stored with the definition, even of one that cannot begin yet', async () => {
  const daemon = await daemonWith({});
  configure(daemon, 'resources.d/a.toml', sleeper('db') + sleeper('web', 'online = true\ndepends-on = "[db]"\n'));
  await daemon.client.request('reload', {});
  await daemon.crash();

  await daemon.up();

  expect((await held(daemon)).online).toEqual(['web']);
});

test('reload creates, changes and removes what files say; what came by command stays', async () => {
  const daemon = await daemonWith({ 'resources.d/a.toml': sleeper('a') + sleeper('b') });
  await daemon.client.request('resourceAdd', {
    resource: { name: 'mine', type: 'generic-application', set: { command: '/bin/true' } },
  });
  configure(daemon, 'resources.d/a.toml', sleeper('b', 'depends-on = "[c]"\n') + sleeper('c'));

  const planned = await daemon.client.request('reload', { dryRun: true });
  expect(actions(planned.steps)).toEqual(['change resource b', 'create resource c', 'remove resource a']);
  expect((await held(daemon)).resources).toEqual(['a', 'b', 'mine']);

  const done = await daemon.andon('reload', '--json');
  expect(JSON.parse(done.stdout)).toMatchObject({ ok: true, dryRun: false, directory: join(daemon.folder, 'etc'), steps: planned.steps });
  expect((await held(daemon)).resources).toEqual(['b', 'c', 'mine']);
  expect(await daemon.client.next('configurationReloaded', null, 3)).toMatchObject({ created: 1, changed: 1, removed: 1, kept: 0 });

  const again = await daemon.andon('reload');
  expect(again.stderr).toContain('nothing is to change');
  expect(again.stdout).toBe('');
});

test('a file takes over what was given by command, and a definition may move between files', async () => {
  const daemon = await daemonWith({});
  await daemon.client.request('resourceAdd', {
    resource: { name: 'web', type: 'generic-application', set: { command: '/bin/sleep', args: ['600'] } },
  });
  const first = configure(daemon, 'resources.d/a.toml', sleeper('web'));
  const { steps } = await daemon.client.request('reload', {});
  expect(steps).toMatchObject([{ action: 'change', changes: [`source: given by command → ${first}`] }]);
  unconfigure(daemon, 'resources.d/a.toml');
  const second = configure(daemon, 'resources.d/b.toml', sleeper('web'));
  expect((await daemon.client.request('reload', {})).steps).toMatchObject([{ changes: [`source: ${first} → ${second}`] }]);
  expect(daemon.client.kinds('web')).toEqual(['resourceAdded']);
});

test('SIGHUP reloads, and says in events what came of it', async () => {
  const daemon = await daemonWith({});
  configure(daemon, 'resources.d/a.toml', sleeper('web'));
  process.kill(daemon.pid, 'SIGHUP');
  await daemon.client.next('configurationReloaded');
  expect((await held(daemon)).resources).toEqual(['web']);

  const file = configure(daemon, 'resources.d/a.toml', `${sleeper('web')}tpye = 1\n`);
  process.kill(daemon.pid, 'SIGHUP');
  expect(await daemon.client.next('configurationRefused')).toMatchObject({
    file,
    line: 5,
    column: 1,
    detail: expect.stringContaining('unknown key "tpye"'),
  });
  expect((await held(daemon)).resources).toEqual(['web']);
  expect(daemon.client.isClosed).toBe(false);
});

test('what is not offline is removed only by force: then it goes offline first, dependents before what they need', async () => {
  const daemon = await daemonWith({
    'resources.d/a.toml': sleeper('db', 'online = true\n') + sleeper('web', 'online = true\ndepends-on = "[db]"\n') + sleeper('other'),
  });
  await happened(daemon, ({ kind, resource }) => kind === 'online' && resource === 'web');
  configure(daemon, 'resources.d/a.toml', '');

  const refused = await daemon.andon('reload', '--json');
  expect(refused.code).toBe(4);
  expect(JSON.parse(refused.stdout).error).toMatchObject({
    code: 'removalNeedsForce',
    message: 'It would remove what is not offline: db (Online), web (Online).',
    remedy: expect.stringContaining('andon offline db web'),
  });
  expect((await held(daemon)).resources).toEqual(['db', 'other', 'web']);
  const { daemon: status } = await daemon.client.request('status', {});
  expect(status.configurationTrouble).toContain('It would remove what is not offline');

  expect((await daemon.andon('reload', '--force')).code).toBe(0);
  expect((await held(daemon)).resources).toEqual([]);
  const gone = daemon.client.events.filter(({ kind }) => kind === 'offline' || kind === 'resourceRemoved');
  expect(gone.map(({ kind, resource }) => `${resource} ${kind}`).filter((text) => !text.startsWith('other'))).toEqual([
    'web offline',
    'web resourceRemoved',
    'db offline',
    'db resourceRemoved',
  ]);
  expect((await daemon.client.request('status', {})).daemon.configurationTrouble).toBeNull();
});

test('a file with a mistake at the start: the daemon goes on with its store and says so until a good reload', async () => {
  const daemon = await daemonWith({ 'resources.d/a.toml': sleeper('web', 'online = true\n') });
  await happened(daemon, ({ kind, resource }) => kind === 'online' && resource === 'web');
  await daemon.stop();
  const file = configure(daemon, 'resources.d/b.toml', '[[resource]]\nname = "late"\n');

  await daemon.up();
  await happened(daemon, ({ kind, resource, incarnation }) => kind === 'online' && resource === 'web' && incarnation === 2);
  const status = await daemon.andon('status');
  expect(status.stdout).toContain(`andond: ${file}:1:1: `);
  const { events } = await daemon.client.request('events', {});
  expect(events.find(({ kind }) => kind === 'configurationRefused')).toMatchObject({ file, line: 1 });
  expect(daemon.client.isClosed).toBe(false);

  unconfigure(daemon, 'resources.d/b.toml');
  await daemon.client.request('reload', {});
  expect((await daemon.andon('status')).stdout).not.toContain(file);
});

test.each([
  ['a module that cannot be asked', "throw new Error('broken');\n", 'cannot be asked for its types: .*Error: broken'],
  ['a module that prints what it likes', "process.stdout.write('no JSON');\nprocess.exit(0);\n", 'has no type named "t"'],
])('%s at the start is told with its place, and ends nothing', async (_what, module, says) => {
  const daemon = await daemonWith({
    'types.d/t.ts': module,
    'types.d/t.toml': '[type]\nname = "t"\ncommand = ["andon-resource-host", "t.ts"]\n',
  });
  const { daemon: status } = await daemon.client.request('status', {});
  expect(status.configurationTrouble).toMatch(new RegExp(`types\\.d/t\\.toml:3:1: .*${says}`));
});

test('a resource whose file went while the daemon was down goes with the start', async () => {
  const daemon = await daemonWith({ 'resources.d/a.toml': sleeper('web', 'online = true\n'), 'resources.d/b.toml': sleeper('stays') });
  await happened(daemon, ({ kind, resource }) => kind === 'online' && resource === 'web');
  await daemon.stop();
  unconfigure(daemon, 'resources.d/a.toml');

  await daemon.up();

  expect((await held(daemon)).resources).toEqual(['stays']);
});

test('a directory that is gone removes nothing', async () => {
  const daemon = await daemonWith({ 'resources.d/a.toml': sleeper('web') });
  rmSync(join(daemon.folder, 'etc'), { recursive: true });

  const refused = await daemon.andon('reload', '--json');

  expect(JSON.parse(refused.stdout).error).toMatchObject({ code: 'badConfiguration', message: expect.stringContaining('is gone') });
  expect((await held(daemon)).resources).toEqual(['web']);
});

test.runIf(process.getuid?.() === 0)('the daemon of root believes no file that others may write', async () => {
  const daemon = await daemonWith({});
  const file = configure(daemon, 'resources.d/a.toml', sleeper('web'));
  chmodSync(file, 0o664);
  const open = await daemon.andon('reload', '--json');
  expect(open.code).toBe(6);
  expect(JSON.parse(open.stdout).error).toMatchObject({
    message: `${file}: others may write to it (mode 0664), and a command in it would run as root`,
    remedy: `Run: chmod go-w ${file}`,
  });
  chmodSync(file, 0o644);
  chownSync(file, 12_345, 0);
  expect(JSON.parse((await daemon.andon('reload', '--json')).stdout).error).toMatchObject({ remedy: `Run: chown root ${file}` });
  chownSync(file, 0, 0);
  chmodSync(join(daemon.folder, 'etc/resources.d'), 0o777);
  expect(JSON.parse((await daemon.andon('reload', '--json')).stdout).error.message).toContain('etc/resources.d: others may write');
  expect((await held(daemon)).resources).toEqual([]);
});

test('a command that changes what a file says works, and warns of the next reload', async () => {
  const daemon = await daemonWith({
    'resources.d/a.toml': `${sleeper('web')}${sleeper('idle', 'group = "front"\n')}`,
    'types.d/worker.toml': '[type]\nname = "worker"\ncommand = ["/bin/true"]\n',
  });
  const file = join(daemon.folder, 'etc/resources.d/a.toml');
  const warning = (what: string, name: string, from = file): string =>
    `warning: ${what} "${name}" comes from ${from}; the next reload brings back what that says.`;

  expect((await daemon.andon('resource', 'set', 'web', '--property', 'RestartThreshold=9')).stderr).toContain(warning('resource', 'web'));
  expect((await daemon.andon('resource', 'remove', 'idle')).stderr).toContain(warning('resource', 'idle'));
  expect((await daemon.andon('group', 'remove', 'front')).stderr).toContain(warning('group', 'front'));
  const types = join(daemon.folder, 'etc/types.d/worker.toml');
  expect((await daemon.andon('type', 'register', '--name', 'worker', '--', '/bin/false')).stderr).toContain(
    warning('type', 'worker', types),
  );
  expect((await daemon.andon('type', 'unregister', 'worker')).stderr).toContain(warning('type', 'worker', types));

  const { steps } = await daemon.client.request('reload', {});
  expect(actions(steps)).toEqual(['create type worker', 'create group front', 'change resource web', 'create resource idle']);
});

test('settings: which of them a reload changes, and when; the environment wins', async () => {
  const daemon = await daemonWith({ 'andon.toml': '[daemon]\nlog-level = "warn"\n' }, { ANDON_ORPHAN_PERIOD_MS: '1234' });
  configure(daemon, 'andon.toml', '[daemon]\nlog-level = "debug"\norphan-period-ms = 0\nstop-limit-ms = 5000\n[events]\nkeep-days = 3\n');

  const { settings } = await daemon.client.request('reload', {});

  expect(settings).toEqual([
    { setting: 'daemon.log-level', before: 'warn', after: 'debug', effect: '' },
    { setting: 'daemon.stop-limit-ms', before: '80000', after: '5000', effect: '' },
    { setting: 'events.keep-days', before: '30', after: '3', effect: '' },
  ]);
  const file = configure(daemon, 'andon.toml', '[daemon]\nlog-level = "loud"\n');
  const refused = await daemon.andon('reload');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(`${file}:2:1: daemon.log-level: `);
  expect((await daemon.client.request('reload', { dryRun: true }).catch(({ message }: Error) => message)) as string).toContain(file);
});

test('the setting of the orphan period reaches a host with its next connection', async () => {
  const daemon = await daemonWith({ 'andon.toml': '[daemon]\norphan-period-ms = 4321\n', 'resources.d/a.toml': sleeper('web') });
  configure(daemon, 'andon.toml', '[daemon]\norphan-period-ms = 777\n');
  const { settings } = await daemon.client.request('reload', {});
  expect(settings).toMatchObject([
    { setting: 'daemon.orphan-period-ms', before: '4321', after: '777', effect: expect.stringContaining('connects') },
  ]);
});
