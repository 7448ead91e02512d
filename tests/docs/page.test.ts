import { describe, expect, test } from 'vitest';
import { isShown, normalised } from './output.ts';
import { type CommandStep, readPage } from './page.ts';

function commandsOf(...lines: string[]): CommandStep[] {
  return readPage('page.md', lines.join('\n')).steps.filter((step) => step.kind === 'commands');
}

describe('a page', () => {
  test('has its blocks in order, each with the marks above it and the output below', () => {
    const page = readPage(
      'page.md',
      [
        'Save it:',
        '<!-- file: a/b.ts -->',
        '```ts',
        'code',
        '```',
        '',
        '<!-- run first: mkdir x -->',
        '<!-- run with: PID=$(pidof',
        '     web) -->',
        '<!-- exits with: 4 -->',
        '',
        '```sh',
        'kill PID',
        '',
        '# done',
        '```',
        '',
        '```text',
        'gone',
        '```',
      ].join('\n'),
    );

    expect(page).toMatchObject({ problems: [] });
    expect(page.steps).toEqual([
      { kind: 'file', line: 3, name: 'a/b.ts', text: 'code' },
      {
        kind: 'commands',
        line: 12,
        text: 'kill PID\n\n# done',
        notRun: null,
        first: ['mkdir x'],
        fillIns: ['PID=$(pidof\n     web)'],
        exitCode: 4,
        output: 'gone',
      },
    ]);
  });

  test('shows no output where other text stands between, or where a mark says so', () => {
    expect(commandsOf('```sh', 'a', '```', 'The manifest:', '```text', 'x', '```')).toMatchObject([{ output: null }]);
    expect(commandsOf('```sh', 'a', '```', '<!-- not compared: sizes differ -->', '```text', 'x', '```')).toMatchObject([{ output: null }]);
  });

  test('can say of one block, or of all, that nobody runs it', () => {
    expect(commandsOf('<!-- not run: needs systemd -->', '```sh', 'a', '```', '```sh', 'b', '```')).toMatchObject([
      { notRun: 'needs systemd' },
      { notRun: null },
    ]);
    expect(commandsOf('<!-- no command of this page is run: generated -->', '```sh', 'a', '```')).toMatchObject([{ notRun: 'generated' }]);
  });

  test('has a problem where a mark is above no block, or the block below has no language', () => {
    expect(readPage('p.md', '<!-- not run: far away -->\ntext\n```sh\na\n```').problems).toEqual([
      'p.md:1: "not run" stands before no block',
    ]);
    expect(readPage('p.md', '```sh\na\n```\n\n```\nb\n```').problems).toEqual([
      'p.md:5: name its language; text is what the commands print',
    ]);
  });
});

describe('what was printed', () => {
  test.each([
    ['web  Online  pid 17', 'web Online      pid 4'],
    ['after 100 ms', 'after 73.5 ms'],
    ['{"pid":1,"seq": 2}', '{"pid":77,"seq": 3}'],
    ['at 10:11:12.131', 'at 01:02:03'],
    ['see /home/ada/state', 'see /tmp/andon-x/state'],
    ['a … z', 'a b c z'],
    ['first\n…\nlast', 'first\nlast'],
    ['first\n…\nlast', 'first\nmore\nand more\nlast'],
  ])('%j is what %j shows', (shown, printed) => {
    expect(isShown(normalised(shown), normalised(printed, '/tmp/andon-x'))).toBe(true);
  });

  test.each([
    ['web Online', 'web Offline'],
    ['one', 'one\ntwo'],
    ['one\ntwo', 'one'],
    ['a … z', 'a b\nc z'],
    ['(x+)', 'xx'],
    ['3 failures', '4 failures'],
  ])('%j is not what %j shows', (shown, printed) => {
    expect(isShown(normalised(shown), normalised(printed))).toBe(false);
  });
});
