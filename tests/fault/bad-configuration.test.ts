import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { manifest, refused } from './support.ts';

async function daemonWithWeb(): Promise<TestDaemon> {
  const daemon = await TestDaemon.start();
  await daemon.client.request('resourceAdd', {
    resource: { name: 'web', type: 'generic-application', set: { command: '/bin/true' } },
  });
  return daemon;
}

test('an unknown type is refused, with the name that was meant', async () => {
  const daemon = await daemonWithWeb();

  const error = await refused(daemon, 4, 'resource', 'add', 'mail', '--type', 'generic-aplication', '--set', 'command=/bin/true');

  expect(error).toEqual({
    code: 'unknownType',
    message: 'There is no resource type "generic-aplication". Did you mean "generic-application"?',
    remedy: 'See: andon type list',
  });
});

test('TOML that cannot be parsed is refused with file and line', async () => {
  const daemon = await daemonWithWeb();
  const file = manifest(daemon, '[[resource]]\nname = "a"\ntype = generic-application\n');

  const error = await refused(daemon, 2, 'apply', '-f', file);

  expect(error.code).toBe('badManifest');
  expect(error.message).toMatch(new RegExp(`^${file}:3:\\d+: `));
  expect(error.remedy).toContain('nothing was changed');
});

test('an unknown key in a manifest is refused with its line, although what stands before it is good', async () => {
  const daemon = await daemonWithWeb();
  const file = manifest(
    daemon,
    '[[resource]]\nname = "a"\ntype = "generic-application"\n\n[[resource]]\nname = "b"\ntyp = "generic-application"\n',
  );

  const error = await refused(daemon, 2, 'apply', '-f', file);

  expect(error.message).toContain(`${file}:7:1: `);
  expect(error.message).toContain('unknown key "typ"');
});

test('one bad resource in a manifest keeps the good ones out too', async () => {
  const daemon = await daemonWithWeb();
  const file = manifest(
    daemon,
    '[[resource]]\nname = "a"\ntype = "generic-application"\nset = { command = "/bin/true" }\n\n[[resource]]\nname = "b"\ntype = "nothing"\n',
  );

  expect((await refused(daemon, 4, 'apply', '-f', file)).message).toContain('There is no resource type "nothing"');
});

test('a common property out of its range is refused with its line', async () => {
  const daemon = await daemonWithWeb();
  const file = manifest(daemon, '[[resource]]\nname = "a"\ntype = "generic-application"\n[resource.property]\nRestartThreshold = -1\n');

  const error = await refused(daemon, 2, 'apply', '-f', file);

  expect(error.message).toContain(`${file}:5:1: `);
  expect(error.message).toContain('RestartThreshold');
});

test('a private property that breaks the schema of its type is refused by name, at add and at set', async () => {
  const daemon = await daemonWithWeb();

  const added = await refused(
    daemon,
    4,
    'resource',
    'add',
    'mail',
    '--type',
    'generic-application',
    '--set',
    'command=/bin/true',
    '--set',
    'stopTimeoutMs=soon',
  );
  const changed = await refused(daemon, 4, 'resource', 'set', 'web', '--set', 'comand=/bin/false');
  const incomplete = await refused(daemon, 4, 'resource', 'add', 'mail', '--type', 'generic-application', '--set', 'cwd=/');

  expect(added).toMatchObject({
    code: 'invalidProperty',
    message: expect.stringContaining('"mail": property "stopTimeoutMs"'),
  });
  expect(changed).toMatchObject({ code: 'invalidProperty', message: expect.stringContaining('comand') });
  expect(incomplete.message).toBe('Resource "mail": property "command" is missing: it takes a string.');
});

test('a JSON Schema that is none is refused with the type', async () => {
  const daemon = await daemonWithWeb();
  const schema = join(daemon.folder, 'schema.json');
  writeFileSync(schema, '{"type":"object",');

  const error = await refused(daemon, 2, 'type', 'register', '--name', 'worker', '--json-schema', schema, '--', '/bin/true');

  expect(error.message).toContain(schema);
});

test('a dependency that closes a cycle is refused with the whole cycle', async () => {
  const daemon = await daemonWithWeb();
  for (const [name, needs] of [
    ['b', 'web'],
    ['c', 'b'],
  ] as const) {
    await daemon.client.request('resourceAdd', {
      resource: {
        name,
        type: 'generic-application',
        set: { command: '/bin/true' },
        dependsOn: `[${needs}]`,
      },
    });
  }

  const set = await refused(daemon, 4, 'resource', 'set', 'web', '--depends-on', '[c]');
  const applied = await refused(daemon, 4, 'apply', '-f', manifest(daemon, cyclic));

  expect(set).toMatchObject({
    code: 'dependencyCycle',
    message: 'The dependency of "web" closes a cycle: web → c → b → web.',
  });
  expect(applied).toMatchObject({
    code: 'dependencyCycle',
    message: expect.stringMatching(/x → y → x|y → x → y/),
  });
});

const cyclic = ['x', 'y']
  .map(
    (name) =>
      `[[resource]]\nname = "${name}"\ntype = "generic-application"\nset = { command = "/bin/true" }\ndepends-on = "[${name === 'x' ? 'y' : 'x'}]"\n`,
  )
  .join('\n');

test('a dependency on nothing, or one that cannot be read, is refused', async () => {
  const daemon = await daemonWithWeb();

  expect(await refused(daemon, 4, 'resource', 'set', 'web', '--depends-on', '[wbe]')).toMatchObject({
    code: 'invalidDependency',
    message: expect.stringContaining('there is no resource "wbe"'),
  });
  expect(await refused(daemon, 4, 'resource', 'set', 'web', '--depends-on', '[web] and')).toMatchObject({
    code: 'invalidDependency',
    remedy: 'Write it as [a] and ([b] or [c]).',
  });
});

test('a frame that is no request closes that connection, and no other', async () => {
  const daemon = await daemonWithWeb();
  const { connectFrames } = await import('@andon/protocol/node');
  const goodbye = Promise.withResolvers<unknown>();
  const connection = await connectFrames(join(daemon.folder, 'run', 'control.sock'), () => ({
    onFrame: (type, data) => goodbye.resolve({ type, data }),
    onClosed: () => undefined,
  }));
  onTestFinished(() => connection.destroy());
  connection.send('request', { method: 'status' });

  expect(await goodbye.promise).toMatchObject({ type: 'goodbye', data: { code: 'protocolViolation' } });
  expect(await daemon.client.request('ping', {})).toMatchObject({ pid: daemon.pid });
});
