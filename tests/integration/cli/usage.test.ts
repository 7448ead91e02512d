import { describe, expect, test } from 'vitest';
import { andon, testFolder } from './run-andon.ts';

/** The names below `Commands:` of a help text. */
function commandsIn(help: string): readonly string[] {
  const [, list = ''] = help.split('Commands:\n');
  return [...list.split('\n\n')[0]!.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name!).filter((name) => name !== 'help');
}

test('every command has help with examples', async () => {
  const folder = await testFolder();
  const root = await andon(['--help'], folder);
  expect(root.code).toBe(0);
  const undocumented: string[] = [];
  const visit = async (path: readonly string[]): Promise<void> => {
    const { code, stdout } = await andon([...path, '--help'], folder);
    if (code !== 0 || !/\nExamples:\n {2}(sudo )?andon /.test(stdout)) undocumented.push(path.join(' '));
    for (const name of commandsIn(stdout)) await visit([...path, name]);
  };
  const names = commandsIn(root.stdout);
  expect(names).toEqual(expect.arrayContaining(['up', 'down', 'status', 'type', 'resource', 'group', 'online', 'offline']));
  for (const name of names) await visit([name]);
  expect(undocumented).toEqual([]);
});

test.each([
  { args: ['help', 'status'], usage: 'andon status [options] [name...]' },
  { args: ['help', 'resource', 'add'], usage: 'andon resource add [options] <name>' },
  { args: ['resource', 'help', 'add'], usage: 'andon resource add [options] <name>' },
  { args: ['help'], usage: 'andon [options] [command]' },
  { args: ['--help', 'status'], usage: 'andon [options] [command]' },
  { args: ['resource', 'help'], usage: 'andon resource [options] [command]' },
])('andon $args shows that help', async ({ args, usage }) => {
  const { code, stdout } = await andon(args, await testFolder());
  expect({ code, first: stdout.split('\n')[0] }).toEqual({ code: 0, first: `Usage: ${usage}` });
});

test('a resource may be named help', async () => {
  expect((await andon(['online', 'help'], await testFolder())).code).toBe(3);
});

describe('wrong use ends with 2, says what is wrong, and touches nothing', () => {
  test.each([
    { args: ['stauts'], says: "unknown command 'stauts'", hint: 'Did you mean status?' },
    { args: ['resource', 'ad'], says: "unknown command 'ad'", hint: 'Did you mean add?' },
    { args: ['status', '--jsn'], says: "unknown option '--jsn'", hint: 'Did you mean --json?' },
    { args: ['online'], says: "missing required argument 'name'", hint: 'See: andon online --help' },
    {
      args: ['resource', 'add', 'x'],
      says: "required option '--type <type>' not specified",
      hint: 'See: andon resource add --help',
    },
    {
      args: ['online', 'x', '--wait', 'soon'],
      says: '--wait takes a number of seconds, not "soon"',
      hint: '--wait 30',
    },
    {
      args: ['online', 'x', '--wait', '-1'],
      says: '--wait takes a number of seconds, not "-1"',
      hint: '--wait 30',
    },
    { args: ['logs', 'x', '--lines', 'all'], says: '--lines takes a number, not "all"', hint: '--lines 200' },
    {
      args: ['resource', 'set', 'x'],
      says: 'Nothing was said about what to change of "x"',
      hint: 'andon resource set --help',
    },
    { args: ['type', 'register'], says: 'one FILE.toml, or by --name and a command', hint: '--name worker' },
    {
      args: ['type', 'register', '--name', 'x'],
      says: 'Type "x" needs the command that starts its host',
      hint: '-- ./x',
    },
    {
      args: ['type', 'register', '--name', 'x', '--env', 'A', '--', 'true'],
      says: '--env takes KEY=VALUE, not "A"',
      hint: '--env A=value',
    },
    {
      args: ['apply', '-f', 'nowhere.toml'],
      says: 'nowhere.toml cannot be read: it does not exist',
      hint: 'standard input',
    },
  ])('andon $args', async ({ args, says, hint }) => {
    const ran = await andon(args, await testFolder());
    expect(ran.stderr).toContain(says);
    expect(ran.stderr).toContain(hint);
    expect(ran.stderr).toMatch(/^andon: /);
    expect(ran.stdout).toBe('');
    expect(ran.code).toBe(2);
  });
});

test('no command at all shows the help on standard error and ends with 2', async () => {
  const ran = await andon([], await testFolder());
  expect(ran.code).toBe(2);
  expect(ran.stdout).toBe('');
  expect(ran.stderr).toContain('Usage: andon');
});

test('--version prints the version alone', async () => {
  for (const flag of ['-V', '--version']) {
    const ran = await andon([flag], await testFolder());
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  }
});

test('with --json wrong use is a document too', async () => {
  const ran = await andon(['resource', 'add', 'x', '--json'], await testFolder());
  expect(ran.code).toBe(2);
  expect(ran.json()).toMatchObject({ ok: false, error: { code: 'usage' } });
});
