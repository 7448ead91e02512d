import { readFileSync } from 'node:fs';
import { EXIT } from '@andon/protocol';
import { EXIT_WORDS } from '../cli/src/exit-words.ts';
import type { CommandPage, Term } from '../cli/src/command-pages.ts';
import { cell, GENERATED, table } from './markdown.ts';

/** docs/cli.md: every command with its arguments, options, examples and what it prints with --json. */
export function cliText(program: CommandPage): string {
  const shapes = jsonHeadings();
  return [
    '# The command line',
    GENERATED,
    `\`andon\` asks the daemon, and tells what it answers. The same is in the manual: \`man andon\`, or \`man -l cli/man/andon.1\` in a checkout, and \`andon help COMMAND\`.`,
    fence('text', program.usage.join(' ')),
    terms('option of every command', program.options),
    examples(program),
    table(
      ['command', ''],
      leaves(program).map(({ path, summary }) => [`[\`${path}\`](#${slug(path)})`, cell(summary)]),
    ),
    '## Exit codes',
    table(
      ['code', 'means'],
      exitCodes().map(([code, words]) => [code, words]),
    ),
    'Of several names the highest code counts. What led to it is on standard error; [errors.md](errors.md) lists every error.',
    ...program.children.flatMap((page) => section(page, '##', shapes)),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

export function exitCodes(): readonly (readonly [code: string, words: string])[] {
  const named: readonly (readonly [string, number])[] = Object.entries(EXIT);
  const words: Readonly<Record<string, string>> = EXIT_WORDS;
  return named.map(([name, code]) => [String(code), words[name] ?? name]);
}

export function leaves(page: CommandPage): readonly CommandPage[] {
  return page.children.length === 0 ? [page] : page.children.flatMap(leaves);
}

function section(page: CommandPage, level: string, shapes: readonly string[]): readonly string[] {
  const shape = shapes.filter((heading) => heading === page.path || heading.startsWith(`${page.path} `));
  const links = shape.map((heading) => `[\`${heading}\`](json.md#${slug(heading)})`);
  return [
    `${level} ${page.path}`,
    page.description,
    page.children.length > 0 ? '' : fence('text', page.usage.join(' ')),
    terms('argument', page.arguments),
    terms('option', page.options),
    examples(page),
    links.length > 0 ? `What it prints: ${links.join(', ')}.` : '',
    ...page.children.flatMap((child) => section(child, `${level}#`, shapes)),
  ];
}

function examples({ examples: lines }: CommandPage): string {
  const width = Math.max(0, ...lines.map(([line]) => line.length));
  const text = lines.map(([line, purpose]) => (purpose === '' ? line : `${line.padEnd(width)}  # ${purpose}`));
  return text.length === 0 ? '' : fence('text', text.join('\n'));
}

function terms(title: string, all: readonly Term[]): string {
  if (all.length === 0) return '';
  return table(
    [title, ''],
    all.map(({ words, meaning }) => [`\`${cell(words)}\``, cell(meaning)]),
  );
}

function jsonHeadings(): readonly string[] {
  const page = readFileSync(new URL('json.md', import.meta.url), 'utf8');
  return [...page.matchAll(/^### (andon .*--json.*)$/gm)].map(([, heading = '']) => heading);
}

/** As code hosts make it from a heading. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-');
}

function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}
