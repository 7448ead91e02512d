import { describe, expect, test } from 'vitest';
import { RULES } from './rules.ts';
import { sourceFile } from './source-file.ts';
import { checkout } from './tree.ts';

const files = checkout();

describe('the checkout keeps the rule that', () => {
  test.each(RULES)('$name ($reason)', ({ find }) => {
    expect(find(files)).toEqual([]);
  });
});

describe('the rule can fail that', () => {
  test.each(
    RULES.flatMap(({ name, find, planted }) =>
      planted.map((tree) => ({ name, find, tree, text: Object.values(tree).join(' + ').slice(0, 80) })),
    ),
  )('$name: $text', ({ find, tree }) => {
    expect(find(Object.entries(tree).map(([path, text]) => sourceFile(path, text)))).not.toEqual([]);
  });
});

describe('the reader of sources', () => {
  test('sees every file of every workspace', () => {
    for (const workspace of ['protocol', 'daemon', 'cli', 'resource-host']) {
      expect(files.filter(({ path }) => path.startsWith(`${workspace}/src/`)).length, workspace).toBeGreaterThan(5);
    }
    expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(['package.json', 'package-lock.json', 'tests/package.json']));
  });

  test('tells imports of types from those of values', () => {
    const { imports } = sourceFile(
      'x.ts',
      "import type { A } from 'a'; import { type B } from 'b'; import { type C, c } from 'c'; import 'd'; export type { E } from 'e'; export * from 'f'; type G = import('g').G; const h = import('h');",
    );
    const typeOnly = imports.filter((one) => one.typeOnly).map(({ specifier }) => specifier);
    expect(typeOnly).toEqual(['a', 'b', 'e', 'g']);
    expect(imports.map(({ specifier }) => specifier)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
  });

  test('is not misled by comments, texts, keys and members of that name', () => {
    const { mentions, casts } = sourceFile(
      'x.ts',
      "// Date.now() as string\nconst text = 'await setTimeout as x'; const o = { Date: 1, throw: 2 }; o.Date; clock.setTimeout(o as const);",
    );
    expect(mentions).not.toEqual(expect.arrayContaining(['Date']));
    expect(mentions).not.toEqual(expect.arrayContaining(['setTimeout']));
    expect(mentions.filter((word) => ['await', 'throw'].includes(word))).toEqual([]);
    expect(casts).toEqual([]);
  });
});
