import { describe, expect, test } from 'vitest';
import { looseDemands, rulesOf, TEXT } from './protocol-text.ts';

const rules = rulesOf(TEXT);
/** Whom the rules of a letter may bind. */
const BOUND: Readonly<Record<string, readonly string[]>> = {
  D: ['daemon'],
  F: ['host', 'daemon'],
  K: ['client', 'daemon'],
};

describe('the rules of PROTOCOL.md', () => {
  test('are there, each with an id of its own', () => {
    expect(rules.length).toBeGreaterThan(80);
    const ids = rules.map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  test('leave no number of their letter out', () => {
    for (const letter of new Set(rules.map(({ id }) => id.slice(0, 1)))) {
      const numbers = rules.filter(({ id }) => id.startsWith(`${letter}-`)).map(({ id }) => Number(id.slice(2)));
      expect(numbers.sort((a, b) => a - b)).toEqual(numbers.map((_, index) => index + 1));
    }
  });

  test.each(rules)('$id demands something of those whom its letter may bind', ({ id, binds, text }) => {
    expect(text).toMatch(/\b(MUST|SHOULD)\b/);
    expect(text).toMatch(/\.$/);
    const allowed = BOUND[id.slice(0, 1)] ?? ['host'];
    expect(binds.filter((party) => !allowed.includes(party))).toEqual([]);
  });

  test('are the only lines that demand anything', () => {
    expect(looseDemands(TEXT)).toEqual([]);
  });

  test('that are written otherwise are noticed', () => {
    expect(looseDemands('A host MUST be polite.')).toHaveLength(1);
    expect(looseDemands('- **C-x** (host) A host MUST be polite.')).toHaveLength(1);
    expect(rulesOf('- **C-01** (host) A host MUST be polite.')).toEqual([]);
    expect(looseDemands('- **C-1** (host) A host MUST be polite.')).toEqual([]);
  });

  test('are referred to by ids that exist', () => {
    const known = new Set(rules.map(({ id }) => id));
    const mentioned = [...TEXT.matchAll(/\b([ACDEFHIKPRVX]-[0-9]+)\b/g)].map(([, id]) => id ?? '').filter((id) => id !== 'F-8');
    expect(mentioned.filter((id) => !known.has(id))).toEqual([]);
  });
});
