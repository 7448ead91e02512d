import { expect, test } from 'vitest';
import { TABLE } from '../../daemon/src/core/life-cycle/table.ts';
import { allDocuments, blocksOf, read } from '../integration/docs/documents.ts';

test('no picture has a character that ends a statement or begins a code in mermaid', () => {
  const pictures = allDocuments().flatMap((document) =>
    blocksOf(document)
      .filter(({ language }) => language === 'mermaid')
      .map(({ text, heading }) => ({ document, heading, text })),
  );

  expect(pictures.filter(({ text }) => /[;#]/.test(text))).toEqual([]);
  expect(pictures.length).toBeGreaterThan(2);
});

test('every cell of the life-cycle table is printed', () => {
  const page = read('docs/life-cycle.md');
  const missing = Object.entries(TABLE).flatMap(([phase, row]) => {
    const [, section = ''] = page.split(`\n### ${phase}\n`);
    const [rows = ''] = section.split('\n### ');
    return Object.keys(row)
      .filter((event) => !rows.includes(`| \`${event}\` |`))
      .map((event) => `${phase} × ${event}`);
  });

  expect(missing).toEqual([]);
});
