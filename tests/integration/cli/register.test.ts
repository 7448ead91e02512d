import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type FakeDaemon } from './fake-daemon.ts';
import { andon, fakeDaemon, type Ran } from './run-andon.ts';

async function register(
  args: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<{ ran: Ran; folder: string; daemon: FakeDaemon; type: unknown }> {
  const { folder, daemon } = await fakeDaemon({
    typeRegister: () => ({ outcome: 'created', effect: '', warnings: [] }),
  });
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
    await chmod(join(folder, name), 0o755);
  }
  const ran = await andon(['type', 'register', ...args], folder);
  const [sent] = daemon.sent('typeRegister');
  const type: unknown = typeof sent === 'object' && sent !== null && 'type' in sent ? sent.type : undefined;
  return { ran, folder, daemon, type };
}

describe('the command is stored with absolute paths', () => {
  test('the first word, and arguments that name a file', async () => {
    const files = { 'bin/worker': '', 'data/config.json': '' };
    const { type, folder, ran } = await register(
      ['--name', 'w', '--', 'bin/worker', '--level', '3', 'data/config.json', 'data', '-x'],
      files,
    );
    expect(ran).toMatchObject({ code: 0, stderr: 'type w created\n' });
    expect(type).toMatchObject({
      command: [join(folder, 'bin/worker'), '--level', '3', join(folder, 'data/config.json'), 'data', '-x'],
    });
  });

  test('a name without a slash is looked up in PATH', async () => {
    const { type } = await register(['--name', 'w', '--', 'sh', '-c', 'true']);
    expect(type).toMatchObject({ command: [expect.stringMatching(/^\/.*\/sh$/), '-c', 'true'] });
  });

  test('a missing executable is a warning that names it', async () => {
    const { ran, type, folder } = await register(['--name', 'w', '--', './nowhere']);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain(`warning: The executable "./nowhere" (${join(folder, 'nowhere')}) does not exist`);
    expect(type).toMatchObject({ command: [join(folder, 'nowhere')] });
    expect((await register(['--name', 'w', '--', 'no-such-program-anywhere'])).ran.stderr).toContain('was not found in PATH');
  });

  test('one that may not be executed is one too', async () => {
    const { folder } = await fakeDaemon({});
    await writeFile(join(folder, 'worker'), '', { mode: 0o644 });
    const { ran } = await register(['--name', 'w', '--', join(folder, 'worker')]);
    expect(ran.stderr).toContain('may not be executed: chmod +x it');
  });
});

test('all flags', async () => {
  const schema = '{"type":"object","properties":{"port":{"type":"integer"}}}';
  const { type, folder } = await register(
    [
      '--name',
      'w',
      '--description',
      'does work',
      '--json-schema',
      'w.json',
      '--cwd',
      'sub',
      '--env',
      'A=1',
      '--env',
      'B=x=y',
      '--property',
      'killScope=group',
      '--property',
      'PendingTimeout=1000',
      '--',
      '/bin/true',
    ],
    { 'w.json': schema, 'sub/file': '' },
  );
  expect(type).toEqual({
    name: 'w',
    description: 'does work',
    command: ['/bin/true'],
    cwd: join(folder, 'sub'),
    env: { A: '1', B: 'x=y' },
    jsonSchema: JSON.parse(schema),
    properties: { killScope: 'group', PendingTimeout: 1000 },
  });
});

test('a file with a [type] table says the same; its paths start from its folder', async () => {
  const toml = '[type]\nname = "w"\ncommand = ["./worker", "config.json"]\njson-schema = "w.json"\n[type.env]\nA = "1"\n';
  const { type, folder } = await register(['types/w.toml'], {
    'types/w.toml': toml,
    'types/worker': '',
    'types/config.json': '',
    'types/w.json': '{"type":"object"}',
  });
  expect(type).toMatchObject({
    name: 'w',
    command: [join(folder, 'types/worker'), join(folder, 'types/config.json')],
    env: { A: '1' },
    jsonSchema: { type: 'object' },
  });
});

test('a file that holds more than types is for apply', async () => {
  const { ran } = await register(['all.toml'], {
    'all.toml': '[type]\nname = "w"\ncommand = ["/bin/true"]\n[[group]]\nname = "g"\n',
  });
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain('Use: andon apply -f all.toml');
});

test('a JSON Schema that is not JSON is named', async () => {
  const { ran } = await register(['--name', 'w', '--json-schema', 'w.json', '--', '/bin/true'], {
    'w.json': '{',
  });
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain('w.json is not JSON');
});

test('andon-resource-host stands for its runner on the Node of andon', async () => {
  const { type, folder } = await register(['--name', 'w', '--json-schema', 's.json', '--', 'andon-resource-host', 'w.ts'], {
    'w.ts': '',
    's.json': '{}',
  });
  expect(type).toMatchObject({
    command: [process.execPath, expect.stringMatching(/resource-host\/bin\/andon-resource-host\.js$/), join(folder, 'w.ts')],
  });
});

test('what the daemon says of the change is passed on', async () => {
  const { folder, daemon } = await fakeDaemon({
    typeRegister: () => ({
      outcome: 'changed',
      effect: 'takes effect at the next start of its host',
      warnings: ['careful'],
    }),
  });
  const ran = await andon(['type', 'register', '--name', 'w', '--json', '--', '/bin/true'], folder);
  expect(ran.json()).toEqual({
    ok: true,
    name: 'w',
    outcome: 'changed',
    effect: 'takes effect at the next start of its host',
    warnings: ['careful'],
  });
  expect(ran.stderr).toBe('warning: careful\n');
  expect(daemon.sent('typeRegister')).toHaveLength(1);
});
