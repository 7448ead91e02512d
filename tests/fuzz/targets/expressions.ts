import assert from 'node:assert/strict';
import { type Expression, isSatisfied, namesIn, needed, parseExpression } from '@andon/protocol';
import { bytesOf, type FuzzTarget, mutated, textOf } from '../target.ts';

const WORDS = ['[a]', '[b]', '[c]', ' and ', ' or ', '(', ')', '[', ']', ' ', 'AND', 'x', '['.repeat(40), '('.repeat(40), '\u00a0'];
const NESTED = 31;
const ONLINE_SETS = [new Set<string>(), new Set(['a']), new Set(['b', 'c']), new Set(['a', 'c']), new Set(['a', 'b', 'c'])];

/** What a resource depends on, as people write it. */
export const expressions: FuzzTarget = {
  name: 'expressions',
  seeds: ['', '[a] and ([b] or [c])', '[a] or [b] AND [c]', `${'('.repeat(NESTED)}[a]${')'.repeat(NESTED)}`, '[a] or'].map(bytesOf),
  arbitrary: (known) => mutated(known, WORDS),
  guidedBy: /\/protocol\/src\/common\/dependency-expression\.ts$/,
  freshInTests: 3_000,
  check(input) {
    const text = textOf(input);
    const result = parseExpression(text);
    if (!result.ok) {
      assert.ok(result.column >= 1 && result.column <= text.length + 1, `column ${result.column} of ${text.length} characters`);
      return;
    }
    const { expression } = result;
    const again = parseExpression(printed(expression));
    assert.deepEqual(again, result, 'what is printed reads as something else');
    const names = [...namesIn(expression)];
    for (const online of ONLINE_SETS) {
      const isOnline = (name: string): boolean => online.has(name);
      assert.equal(isSatisfied(expression, isOnline), evaluated(text, online));
    }
    const chosen = needed(expression, () => false);
    assert.ok(
      isSatisfied(expression, (name) => chosen.has(name)),
      'what is needed does not suffice',
    );
    assert.ok([...chosen].every((name) => names.includes(name)));
  },
};

function printed(expression: Expression): string {
  if (expression.kind === 'none') return '';
  if (expression.kind === 'resource') return `[${expression.name}]`;
  // "and" binds tighter by itself; everything else that is nested needs its parentheses.
  const isBare = (term: Expression): boolean => term.kind === 'resource' || (expression.kind === 'or' && term.kind === 'and');
  return expression.terms.map((term) => (isBare(term) ? printed(term) : `(${printed(term)})`)).join(` ${expression.kind} `);
}

/** The same by rewriting: names become 1 or 0, and what is simplest is folded until one digit is left. */
function evaluated(text: string, online: ReadonlySet<string>): boolean {
  let rest = text.replace(/\[([^\]]*)\]/g, (_, name: string) => (online.has(name.trim()) ? '1' : '0'));
  rest = rest.replace(/and/gi, '&').replace(/or/gi, '|').replace(/\s+/g, '');
  if (rest === '') return true;
  for (let before = ''; before !== rest;) {
    before = rest;
    rest = rest.replace(/\(([01])\)/g, '$1');
    const folded = rest.replace(/([01])&([01])/, (_, a: string, b: string) => (a === '1' && b === '1' ? '1' : '0'));
    rest =
      folded === rest
        ? rest.replace(
            /(^|[(|])([01])\|([01])(?=$|[)|])/,
            (_, open: string, a: string, b: string) => `${open}${a === '1' || b === '1' ? '1' : '0'}`,
          )
        : folded;
  }
  assert.match(rest, /^[01]$/, 'accepted, but not an expression');
  return rest === '1';
}
