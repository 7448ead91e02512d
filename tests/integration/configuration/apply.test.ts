import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TestDaemon } from '../../support/daemon.ts';
import { actions, configure, held, sleeper } from './support.ts';

/** A file or folder outside the configuration directory. */
function write(daemon: TestDaemon, name: string, text: string): string {
  const path = join(daemon.folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

async function planned(daemon: TestDaemon, ...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await daemon.andon('apply', '-f', ...args, '--json');
  expect(code, stderr).toBe(0);
  return actions(JSON.parse(stdout).steps);
}

test('a folder is read whole, without its settings; the second apply changes nothing', async () => {
  const daemon = await TestDaemon.start();
  write(daemon, 'conf/types.d/t.toml', '[type]\nname = "worker"\ncommand = ["./run"]\n');
  write(daemon, 'conf/resources.d/r.toml', sleeper('web', 'group = "front"\n'));
  write(daemon, 'conf/more.toml', '[[group]]\nname = "front"\ndescription = "for users"\n');
  write(daemon, 'conf/andon.toml', 'no TOML');
  write(daemon, 'conf/old.toml~', 'no TOML');
  const folder = join(daemon.folder, 'conf');

  const shown = await daemon.andon('apply', '-f', folder, '--dry-run');
  expect(shown.stderr).toContain(`${join(folder, 'andon.toml')} holds settings of a daemon and is not applied.`);
  expect(shown.stderr).toContain('nothing was changed (--dry-run)');
  expect(shown.stdout).toMatch(/ACTION +WHAT +NAME +HOW\ncreate +type +worker\ncreate +group +front\ncreate +resource +web\n/);
  expect((await held(daemon)).resources).toEqual([]);

  expect((await daemon.andon('apply', '-f', folder)).stderr).toContain('applied: 3 created, 0 changed, 0 removed, 0 kept');
  const { types } = await daemon.client.request('export', {});
  expect(types[0]?.command).toEqual([join(folder, 'types.d/run')]);
  const again = await daemon.andon('apply', '-f', folder);
  expect(again).toMatchObject({ code: 0, stdout: '' });
  expect(again.stderr).toContain('nothing is to change (3 kept)');
});

test('each step says what changes and when that takes effect', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('worker');
  const file = write(daemon, 'a.toml', `${sleeper('web', 'online = true\n')}[[resource]]\nname = "job"\ntype = "worker"\nonline = true\n`);
  const first = await daemon.andon('apply', '-f', file);
  expect(first.stdout).toMatch(/create +resource +web +then brought online/);
  await Promise.all([daemon.client.next('online', 'web'), daemon.client.next('online', 'job')]);

  write(daemon, 'a.toml', `${sleeper('web').replace('600', '601')}[resource.property]\nRestartThreshold = 9\n`);
  const { stdout } = await daemon.andon('apply', '-f', file, '--dry-run');
  expect(stdout).toContain('takes effect at next online');
  expect(stdout).toMatch(/"RestartThreshold":3.*"RestartThreshold":9/);

  write(daemon, 'a.toml', sleeper('web', 'group = "g"\n'));
  expect((await daemon.andon('apply', '-f', file, '--dry-run')).stdout).toMatch(/change +resource +web +group: null → "g"; at once/);

  write(daemon, 'a.toml', '[type]\nname = "worker"\ncommand = ["/bin/true"]\n');
  expect((await daemon.andon('apply', '-f', file, '--dry-run')).stdout).toContain('takes effect at the next start of its host');
});

test('--prune removes what is not named, never built-in types, and what runs only by force', async () => {
  const daemon = await TestDaemon.start();
  const file = write(
    daemon,
    'a.toml',
    `[type]\nname = "worker"\ncommand = ["/bin/true"]\n${sleeper('db', 'online = true\n')}${sleeper('web', 'online = true\ndepends-on = "[db]"\ngroup = "front"\n')}`,
  );
  await daemon.andon('apply', '-f', file);
  await daemon.client.next('online', 'web');
  write(daemon, 'a.toml', sleeper('db'));
  expect(await planned(daemon, file)).toEqual([]);

  const refused = await daemon.andon('apply', '-f', file, '--prune');
  expect(refused.code).toBe(4);
  expect(refused.stderr).toContain('It would remove what is not offline: web (Online).');
  expect(await held(daemon)).toEqual({ types: ['worker'], groups: ['front'], resources: ['db', 'web'], online: ['db', 'web'] });

  expect(await planned(daemon, file, '--prune', '--force')).toEqual(['remove resource web', 'remove group front', 'remove type worker']);
  expect(await held(daemon)).toEqual({ types: [], groups: [], resources: ['db'], online: ['db'] });
  expect((await daemon.status('db')).state).toBe('Online');
  expect(daemon.client.kinds('web').slice(-3)).toEqual(['offlinePending', 'offline', 'resourceRemoved']);
  const { types } = await daemon.client.request('typeList', {});
  expect(types.some(({ builtIn }) => builtIn)).toBe(true);
});

test('what others still need is not removed, force or not', async () => {
  const daemon = await TestDaemon.start();
  configure(daemon, 'resources.d/a.toml', `[type]\nname = "worker"\ncommand = ["/bin/true"]\n${sleeper('db')}`);
  await daemon.client.request('reload', {});
  await daemon.client.request('resourceAdd', {
    resource: { name: 'web', type: 'generic-application', set: { command: '/bin/true' }, dependsOn: '[db]' },
  });
  await daemon.client.request('resourceAdd', { resource: { name: 'job', type: 'worker' } });
  configure(daemon, 'resources.d/a.toml', '[type]\nname = "worker"\ncommand = ["/bin/true"]\n');
  expect((await daemon.andon('reload', '--force')).stderr).toContain('Resource "db" is needed by web.');
  configure(daemon, 'resources.d/a.toml', sleeper('db'));
  expect((await daemon.andon('reload', '--force')).stderr).toContain('Type "worker" is in use by job.');
  expect((await held(daemon)).resources).toEqual(['db', 'job', 'web']);
});

test('a group that goes takes no resource with it, and by force leaves them without one', async () => {
  const daemon = await TestDaemon.start();
  configure(daemon, 'resources.d/a.toml', '[[group]]\nname = "front"\n');
  await daemon.client.request('reload', {});
  await daemon.client.request('resourceAdd', {
    resource: { name: 'web', type: 'generic-application', set: { command: '/bin/true' }, group: 'front' },
  });
  configure(daemon, 'resources.d/a.toml', '');
  expect((await daemon.andon('reload')).stderr).toContain('Group "front" holds web.');
  expect((await daemon.andon('reload', '--force')).code).toBe(0);
  await daemon.crash();
  await daemon.up();
  expect((await daemon.client.request('resourceShow', { name: 'web' })).definition.group).toBeNull();
});

test('a dependency may be turned round in one step', async () => {
  const daemon = await TestDaemon.start();
  const file = write(daemon, 'a.toml', sleeper('a', 'depends-on = "[b]"\n') + sleeper('b'));
  await planned(daemon, file);
  write(daemon, 'a.toml', sleeper('a') + sleeper('b', 'depends-on = "[a]"\n'));
  expect(await planned(daemon, file)).toEqual(['change resource a', 'change resource b']);
});

describe('one mistake anywhere changes nothing at all, and is told with its place', () => {
  const good = sleeper('good');
  const lines = good.split('\n').length - 1;
  test.each([
    { what: 'TOML syntax', text: '[[resource]\n', at: [1, 12], code: 2, says: '' },
    { what: 'an unknown key', text: '[[resource]]\nname = "x"\ntyp = "a"\n', at: [3, 1], code: 2, says: 'unknown key "typ"' },
    { what: 'a wrong type of value', text: '[[resource]]\nname = "x"\ntype = 5\n', at: [3, 1], code: 2, says: 'expected string' },
    {
      what: 'an unknown resource type',
      text: '[[resource]]\nname = "x"\ntype = "generic-aplication"\n',
      at: [3, 1],
      code: 4,
      says: 'There is no resource type "generic-aplication". Did you mean "generic-application"?',
    },
    {
      what: 'a cycle',
      text: sleeper('x', 'depends-on = "[y]"\n') + sleeper('y', 'depends-on = "[x]"\n'),
      at: [9, 1],
      code: 4,
      says: 'closes a cycle: y → x → y',
    },
    {
      what: 'an unknown name in depends-on',
      text: sleeper('x', 'depends-on = "[nothing]"\n'),
      at: [4, 1],
      code: 4,
      says: 'there is no resource "nothing"',
    },
    {
      what: 'a dependency that cannot be read',
      text: sleeper('x', 'depends-on = "[good] and"\n'),
      at: [4, 1],
      code: 4,
      says: 'The dependency "[good] and" of "x" cannot be read',
    },
    {
      what: 'a property out of its range',
      text: `${sleeper('x')}[resource.property]\nRestartThreshold = -1\n`,
      at: [6, 1],
      code: 2,
      says: 'property.RestartThreshold',
    },
    {
      what: 'properties that do not go together',
      text: `${sleeper('x')}[resource.property]\nRestartPeriod = 10\nRetryPeriodOnFailure = 5\n`,
      at: [7, 1],
      code: 4,
      says: 'RetryPeriodOnFailure',
    },
    {
      what: 'a private property that its type refuses',
      text: '[[resource]]\nname = "x"\ntype = "generic-application"\n[resource.set]\ncommand = "/bin/true"\nstopTimeoutMs = "soon"\n',
      at: [6, 1],
      code: 4,
      says: 'property "stopTimeoutMs" is refused',
    },
    {
      what: 'a schema file that is missing',
      text: '[type]\nname = "t"\ncommand = ["/bin/true"]\njson-schema = "nowhere.json"\n',
      at: [4, 1],
      code: 2,
      says: 'cannot be read: it does not exist',
    },
    {
      what: 'a schema that is none',
      text: '[type]\nname = "t"\ncommand = ["/bin/true"]\njson-schema = { type = "objekt" }\n',
      at: [4, 1],
      code: 4,
      says: 'Type "t": property jsonSchema cannot be read',
    },
    {
      what: 'the name of a built-in type',
      text: '[type]\nname = "generic-application"\ncommand = ["/bin/true"]\n',
      at: [2, 1],
      code: 4,
      says: 'comes with andon',
    },
    {
      what: 'a resource that is defined twice',
      text: sleeper('good'),
      at: [2, 1],
      code: 2,
      says: 'resource "good" is defined already, at ',
    },
    {
      what: 'the type of a resource that is there',
      text: '[[resource]]\nname = "there"\ntype = "worker"\n',
      at: [3, 1],
      code: 4,
      says: 'cannot change from "generic-application" to "worker"',
    },
  ])('$what', async ({ text, at: [line = 0, column = 0], code, says }) => {
    const daemon = await TestDaemon.start();
    await daemon.scripted('worker');
    await daemon.client.request('resourceAdd', {
      resource: { name: 'there', type: 'generic-application', set: { command: '/bin/true' } },
    });
    // The same by apply of one file, of a folder, and by reload.
    const single = write(daemon, 'single.toml', good + text);
    write(daemon, 'conf/a.toml', good);
    const bad = write(daemon, 'conf/b.toml', text);
    configure(daemon, 'resources.d/a.toml', good);
    const own = configure(daemon, 'resources.d/b.toml', text);
    const before = await daemon.andon('export');

    for (const [args, place] of [
      [['apply', '-f', single], `${single}:${line + lines}:${column}: `],
      [['apply', '-f', join(daemon.folder, 'conf')], `${bad}:${line}:${column}: `],
      [['reload'], `${own}:${line}:${column}: `],
    ] as const) {
      const refused = await daemon.andon(...args, '--json');
      const { error } = JSON.parse(refused.stdout);
      expect({ code: refused.code, message: error.message }).toEqual({ code, message: expect.stringContaining(says) });
      expect(error.message.slice(0, place.length)).toBe(place);
      expect(error.remedy).not.toBe('');
    }
    expect((await daemon.andon('export')).stdout).toBe(before.stdout);
    expect(daemon.client.events.filter(({ kind }) => kind === 'typeRegistered' || kind === 'resourceAdded')).toHaveLength(2);
  });
});

test('a command that is missing is a warning and nothing more', async () => {
  const daemon = await TestDaemon.start();
  const file = write(daemon, 'a.toml', '[type]\nname = "t"\ncommand = ["./nowhere"]\n');
  const applied = await daemon.andon('apply', '-f', file);
  expect(applied.code).toBe(0);
  expect(applied.stderr).toContain(`warning: The executable "./nowhere" (${join(daemon.folder, 'nowhere')}) does not exist`);
  configure(daemon, 'types.d/u.toml', '[type]\nname = "u"\ncommand = ["andon-resource-host", "nowhere.ts"]\n');
  const reloaded = await daemon.andon('reload');
  expect(reloaded.code).toBe(0);
  expect(reloaded.stderr).toContain(`warning: The module "${join(daemon.folder, 'etc/types.d/nowhere.ts')}" does not exist`);
});
