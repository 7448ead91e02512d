import { suggestion } from '@andon/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

describe('a suggestion', () => {
  test.each([
    ['web-1', ' Did you mean "web-11"?', ['web-11', 'database']],
    ['databse', ' Did you mean "database"?', ['web-1', 'database']],
    ['DATABASE', ' Did you mean "database"?', ['database']],
    ['ab', ' Did you mean "ac"?', ['ac', 'ad']],
    ['web', '', ['database', 'queue']],
    ['web', '', []],
    ['', '', ['database']],
  ])('for %j is %j', (mistyped, expected, known) => {
    expect(suggestion(mistyped, known)).toBe(expected);
  });

  test('prefers the nearest', () => {
    expect(suggestion('databas', ['databank', 'database', 'databases'])).toBe(' Did you mean "database"?');
  });

  test('is a known name or nothing, and one slip in a name of three letters is always forgiven', () => {
    const name = fc.stringMatching(/^[a-z0-9]{3,20}$/);
    fc.assert(
      fc.property(name, fc.nat(), fc.array(name, { maxLength: 5 }), (wanted, at, others) => {
        const slip = wanted.slice(0, at % wanted.length) + wanted.slice((at % wanted.length) + 1);
        const answer = suggestion(slip, [wanted, ...others]);
        expect([wanted, ...others].map((known) => ` Did you mean "${known}"?`)).toContain(answer);
      }),
    );
  });
});
