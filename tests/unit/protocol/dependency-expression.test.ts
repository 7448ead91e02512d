import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Expression, isSatisfied, namesIn, needed, parseExpression } from '@andon/protocol';

function parsed(text: string): Expression {
  const result = parseExpression(text);
  if (!result.ok) throw new Error(`${result.problem} at ${result.column}`);
  return result.expression;
}
const holds = (text: string, ...online: string[]): boolean => isSatisfied(parsed(text), (name) => online.includes(name));

describe('a dependency expression', () => {
  test('that is empty always holds', () => {
    expect(holds('')).toBe(true);
    expect(holds('   ')).toBe(true);
  });

  test('S14: one provider of an alternative suffices, all of a conjunction are needed', () => {
    expect(holds('[a] or [b]', 'b')).toBe(true);
    expect(holds('[a] and [b]', 'b')).toBe(false);
    expect(holds('[a] and ([b] or [c])', 'a', 'c')).toBe(true);
    expect(holds('[a] and ([b] or [c])', 'b', 'c')).toBe(false);
  });

  test('binds "and" tighter than "or", in any case of letters', () => {
    expect(holds('[a] OR [b] AND [c]', 'a')).toBe(true);
    expect(holds('[a] or [b] and [c]', 'b')).toBe(false);
  });

  test('names every resource once', () => {
    expect([...namesIn(parsed('[a] and ([b] or [a])'))]).toEqual(['a', 'b']);
  });

  test.each([
    ['[a] and', 'expected a resource name', 8],
    ['[a] [b]', 'unexpected "b"', 5],
    ['([a]', 'a ")" is missing', 5],
    ['a', 'unexpected "a"', 1],
    ['[a b]', '"a b" is no resource name', 1],
    ['[a] xor [b]', 'unexpected "x"', 5],
    ['()', 'expected a resource name', 2],
  ])('%s is refused with where and why', (text, problem, column) => {
    const result = parseExpression(text);
    expect(result).toMatchObject({ ok: false, column });
    expect(result.ok ? '' : result.problem).toContain(problem);
  });

  test('is refused, not followed, when it nests without end', () => {
    expect(parseExpression(`${'('.repeat(10_000)}[a]`)).toMatchObject({ ok: false, problem: 'too deeply nested' });
  });

  test('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('[', ']', '(', ')', 'a', ' ', 'and', 'or') }), (text) => void parseExpression(text)),
    );
  });

  test('needs the first alternative, unless another is chosen already', () => {
    expect([...needed(parsed('[a] or [b]'), () => false)]).toEqual(['a']);
    expect([...needed(parsed('[a] or [b]'), (name) => name === 'b')]).toEqual(['b']);
    expect([...needed(parsed('[x] and ([a] or [b])'), () => false)]).toEqual(['x', 'a']);
  });
});
