import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { allProofs } from '../proofs/all-proofs.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const proofs = await allProofs();
/** Those that one scenario can hold; S56 to S59 promise something of many types or runs and are not demanded here. */
const STATEMENTS = Array.from({ length: 60 }, (_, index) => `S${index + 1}`).filter(
  (statement) => !['S56', 'S57', 'S58', 'S59'].includes(statement),
);
/** The numbers at the beginning of a test's title: `S5: …`, `S1, S2: …`. */
const TITLE = /['"`]((?:S\d+(?:, )?)+): /g;

function citedIn(text: string): string[] {
  return [...text.matchAll(TITLE)].flatMap(([, numbers]) => numbers?.split(', ') ?? []);
}

/** The titles that a test file writes, as patterns: what `test.each` or a template puts in may be anything. */
function titlesIn(text: string): RegExp[] {
  return [...text.matchAll(/(['"`])((?:S\d|decision \d|simulation: ).*?[^\\])\1/g)].map(([, , title]) => {
    const parts = (title ?? '').split(/\$\{[^}]*\}|\$[A-Za-z.]+|%[sdifjo]/);
    return new RegExp(`^${parts.map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)).join('.*')}$`);
  });
}

describe('every acceptance statement', () => {
  const files = globSync('tests/**/*.test.ts', { cwd: root, exclude: ['tests/contract/statements.test.ts'] });
  const cited = new Set(files.flatMap((file) => citedIn(readFileSync(join(root, file), 'utf8'))));

  test('is cited by the title of a test', () => {
    expect(STATEMENTS.filter((statement) => !cited.has(statement))).toEqual([]);
  });

  test('has a proof that its test would notice', () => {
    const proved = new Set(proofs.map(({ statement }) => statement));
    expect(STATEMENTS.filter((statement) => !proved.has(statement))).toEqual([]);
  });

  test('that is cited exists', () => {
    expect([...cited].filter((statement) => Number(statement.slice(1)) > 60)).toEqual([]);
  });
});

describe('every proof', () => {
  test.each(proofs)('$statement of $file can be applied: $breaks', (proof) => {
    const path = join(root, proof.file);
    expect(existsSync(path) ? readFileSync(path, 'utf8').split(proof.find).length - 1 : 0).toBe(1);
    expect(proof.replace).not.toBe(proof.find);
  });

  test.each(proofs)('$statement names a test that cites it: $title', ({ statement, test, title }) => {
    expect(title.startsWith(`${statement}: `) || citedIn(`'${title}'`).includes(statement)).toBe(true);
    expect(titlesIn(readFileSync(join(root, test), 'utf8')).some((written) => written.test(title))).toBe(true);
  });
});
