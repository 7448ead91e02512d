import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { rulesOf, TEXT } from './protocol-text.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const rules = rulesOf(TEXT).filter(({ id }) => id.startsWith('D-'));
/** At the beginning of a test's title, `D-5: …` or `D-22, D-23: …`; or alone in the line above a test: `// D-5`, `// D-22, D-23`. */
const CITATION = /(?:['"`]((?:D-\d+(?:, )?)+): |^ *\/\/ ((?:D-\d+(?:, )?)+)\n *(?:test|waitingTest|describe))/gm;

function citedIn(text: string): readonly string[] {
  return [...text.matchAll(CITATION)].flatMap(([, inTitle, above]) => (inTitle ?? above ?? '').split(', '));
}

describe('every rule that binds the daemon', () => {
  const files = globSync('tests/**/*.test.ts', { cwd: root, exclude: ['tests/contract/daemon-rules.test.ts'] });
  const cited = new Set(files.flatMap((file) => citedIn(readFileSync(join(root, file), 'utf8'))));

  test.each(rules)('$id is cited by a test', ({ id }) => {
    expect(cited).toContain(id);
  });

  test('that is cited exists', () => {
    const known = new Set(rules.map(({ id }) => id));
    expect([...cited].filter((id) => !known.has(id))).toEqual([]);
  });

  test('is found in a title and above a test, and nowhere else', () => {
    expect(citedIn("test('D-5: it holds', () => {})")).toEqual(['D-5']);
    expect(citedIn("// D-22, D-23\ntest('it holds', () => {})")).toEqual(['D-22', 'D-23']);
    expect(citedIn('// as D-5 says\nconst five = 5;')).toEqual([]);
  });
});
