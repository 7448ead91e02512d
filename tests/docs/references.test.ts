import { describe, expect, test } from 'vitest';
import { allDocuments } from '../integration/docs/documents.ts';
import { commandNamed, flagsOf } from './catalog.ts';
import { brokenLinks, commandLines, missingPaths, type Reference } from './references.ts';

const documents = allDocuments();
const at = (document: string, found: readonly Reference[]): string[] => found.map(({ line, target }) => `${document}:${line}: ${target}`);

test('every link between documents, and into one, leads to something', () => {
  expect(documents.flatMap((document) => at(document, brokenLinks(document)))).toEqual([]);
});

test('every path of this repository that a document names is there', () => {
  expect(documents.flatMap((document) => at(document, missingPaths(document)))).toEqual([]);
});

test('every command that a document names exists, and has the flags that are named with it', async () => {
  const problems: string[] = [];
  for (const document of documents) {
    for (const { line, target } of commandLines(document)) {
      const problem = await problemOf(target);
      if (problem !== null) problems.push(`${document}:${line}: andon ${target}: ${problem}`);
    }
  }

  expect(problems).toEqual([]);
});

/** What follows ` -- ` is the command of a host. */
async function problemOf(commandLine: string): Promise<string | null> {
  const words = (commandLine.split(/ --(?: |$)/)[0] ?? '').split(/\s+/).map((word) => word.replaceAll(/^\[|[\],.]+$/g, ''));
  const { path, problem } = commandNamed(words.flatMap((word) => word.split('|')[0] ?? []));
  if (problem !== null) return problem;
  const named = words.map((word) => /^--?[A-Za-z][\w-]*/.exec(word)?.[0]).filter((flag) => flag !== undefined);
  const known = await flagsOf(path);
  const unknown = named.filter((flag) => !known.has(flag));
  return unknown.length > 0 ? `it has no ${unknown.join(', ')}` : null;
}

describe('a reference that is wrong is found', () => {
  test('a link', () => {
    const text = '# One\n## One\n[a](#one) [b](#one-1) [c](#two) [d](nowhere.md) [e](README.md#license) [f](https://example.org/#x)';

    expect(brokenLinks('README.md', text).map(({ target }) => target)).toEqual(['#two', 'nowhere.md', 'README.md#license']);
  });

  test('a path', () => {
    const text = '`docs/README.md` `docs/operating.md` `daemon/src/core/life-cycle/rows-*.ts` `docs/decisions/NUMBER-*.md` `tests/gone/`';

    expect(missingPaths('README.md', text)).toEqual([
      { line: 1, target: 'docs/README.md' },
      { line: 1, target: 'tests/gone/' },
    ]);
  });

  test('a command or a flag', async () => {
    const text =
      'Say `andon resource list`.\n```sh\nnpx andon up --detach   # andon not this\nx | andon bogus\n```\n`andon status --loudly NAME`';
    const lines = commandLines('README.md', text);

    expect(lines).toEqual([
      { line: 1, target: 'resource list' },
      { line: 6, target: 'status --loudly NAME' },
      { line: 3, target: 'up --detach  ' },
      { line: 4, target: 'bogus' },
    ]);
    expect(await Promise.all(lines.map(({ target }) => problemOf(target)))).toEqual([
      null,
      'it has no --loudly',
      null,
      'there is no "bogus"',
    ]);
  });
});
