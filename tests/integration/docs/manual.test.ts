import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cliText, exitCodes, leaves } from '../../../docs/cli-text.ts';
import { type CommandPage, commandPages } from '../../../cli/src/command-pages.ts';
import { manPages } from '../../../docs/man-pages.ts';
import { filled, roff } from '../../../docs/roff.ts';
import { read, ROOT } from './documents.ts';

const program = await commandPages();
const COMMANDS = leaves(program);
const PAGES = readdirSync(join(ROOT, 'cli/man')).map((name) => join('cli/man', name));

/** Prints a script, which is no document. */
const WITHOUT_JSON = ['andon completion'];

const isThere = (name: string, ...args: string[]): boolean => spawnSync(name, args).status === 0;
const hasMan = isThere('man', '--version');
const hasGroff = isThere('groff', '--version');
const hasMandoc = isThere('sh', '-c', 'command -v mandoc');

function complaints(program: string, args: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  return stderr + (program === 'mandoc' ? stdout : '') + (status === 0 ? '' : `exit code ${status}`);
}
/** What each formatter is told, to hear everything that it has to say of a page. */
const man = (page: string): string => complaints('man', ['--warnings', '-E', 'UTF-8', '-l', page]);
const groff = (page: string): string => complaints('groff', ['-man', '-ww', '-Tutf8', '-K', 'utf8', page]);
const mandoc = (page: string): string => complaints('mandoc', ['-Tlint', page]);

test.skipIf(!hasMan)('man takes every page without a warning (needs man)', () => {
  expect(PAGES.map((page) => man(join(ROOT, page))).join('')).toBe('');
});

test.skipIf(!hasGroff)('groff takes every page without a warning (needs groff)', () => {
  expect(PAGES.map((page) => groff(join(ROOT, page))).join('')).toBe('');
});

test.skipIf(!hasMandoc)('mandoc finds nothing in any page (needs mandoc)', () => {
  expect(PAGES.map((page) => mandoc(join(ROOT, page))).join('')).toBe('');
});

test.skipIf(!hasMan || !hasGroff || !hasMandoc)('a bad page is complained of by all three (needs man, groff and mandoc)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'andon-man-'));
  try {
    const page = join(folder, 'bad.1');
    writeFileSync(page, '.TH BAD 1 2026-11-22 "a" "b"\n.SH NAME\nbad \\- is \\fZbad\n.nonsense x\n');
    for (const judge of [man, groff, mandoc]) expect(judge(page)).not.toBe('');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('there is a page for every command and for the daemon, and none besides', () => {
  const expected = ['andon.1', 'andond.8', ...program.children.map(({ path }) => `${path.replaceAll(' ', '-')}.1`)];
  expect(PAGES.map((page) => page.slice('cli/man/'.length)).toSorted()).toEqual(expected.toSorted());
  const text = [...manPages(program).values()].join('\n');
  expect(COMMANDS.filter(({ path }) => !text.includes(roff(path)) && !text.includes(roff(path.replaceAll(' ', '-'))))).toEqual([]);
});

test('every command has its section in docs/cli.md, an example, and --json unless it prints something else', () => {
  const page = read('docs/cli.md');
  expect(COMMANDS.length).toBeGreaterThan(25);
  expect(COMMANDS.filter(({ path }) => !new RegExp(`^##+ ${path}$`, 'm').test(page)).map(({ path }) => path)).toEqual([]);
  expect(COMMANDS.filter(({ examples }) => examples.length === 0).map(({ path }) => path)).toEqual([]);
  expect(COMMANDS.filter((command) => !hasJson(command)).map(({ path }) => path)).toEqual(WITHOUT_JSON);
});

function hasJson({ options }: CommandPage): boolean {
  return options.some(({ words }) => words === '--json');
}

test('every example uses options that its command has', () => {
  const wrong = COMMANDS.flatMap((command) =>
    command.examples.flatMap(([line]) => unknownOptions(line, command).map((option) => `${line}: ${option}`)),
  );
  expect(wrong).toEqual([]);
  const [status] = COMMANDS.filter(({ path }) => path === 'andon status');
  expect(status && unknownOptions('andon status --josn', status)).toEqual(['--josn']);
});

/** Options of an example, of its own command only: not of what it is piped to, nor of a host's command behind `--`. */
function unknownOptions(line: string, { path, options }: CommandPage): readonly string[] {
  const start = line.indexOf(`${path} `);
  if (start === -1) return [];
  const own = line.slice(start).split(/ (?:--|\||>|>>|;) /)[0] ?? '';
  const known = new Set([...options, ...program.options].flatMap(({ words }) => words.split(/[ ,]+/)));
  return own.split(' ').filter((word) => /^--?[a-z]/.test(word) && !known.has(word));
}

test('every command that reads or acts says in docs/cli.md where its document is described, or is like one that does', () => {
  const described = cliText(program).match(/^What it prints: /gm) ?? [];
  expect(described.length).toBeGreaterThan(20);
});

test('help, docs/cli.md and the manual tell the same exit codes', () => {
  const source = readFileSync(join(ROOT, 'cli/src/program.ts'), 'utf8').replaceAll('\n', ' ');
  for (const [code, words] of exitCodes()) {
    expect(source).toContain(`${code} ${words}`);
    expect(read('docs/cli.md')).toContain(`| ${code} | ${words} |`);
  }
});

test('what the formatter would take for its own is escaped', () => {
  expect(roff(`.x 'a' \\n --b "c" …`)).toBe('\\&.x \\(aqa\\(aq \\en \\-\\-b \\(dqc\\(dq \\[u2026]');
  expect(filled(`${'x'.repeat(78)} .y`)).toBe(`${'x'.repeat(78)}\n\\&.y`);
});
