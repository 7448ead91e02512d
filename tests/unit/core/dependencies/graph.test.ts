import { parseExpression } from '@andon/protocol';
import { describe, expect, test } from 'vitest';
import { DependencyGraph } from '../../../../daemon/src/core/dependencies/graph.ts';

function expression(text: string) {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.expression;
}

function graph(dependencies: Readonly<Record<string, string>>): DependencyGraph {
  const made = new DependencyGraph();
  for (const [name, text] of Object.entries(dependencies)) made.set(name, expression(text));
  return made;
}

/** r1 needs r0, r2 needs r1 … */
function chain(length: number): DependencyGraph {
  return graph(Object.fromEntries(Array.from({ length }, (_, index) => [`r${index}`, index === 0 ? '' : `[r${index - 1}]`])));
}

describe('a cycle', () => {
  test('that an expression would close is told along its names', () => {
    const known = graph({ a: '', b: '[a]', c: '[b] or [d]', d: '' });
    expect(known.cycleWith('a', expression('[d] and [c]'))).toEqual(['a', 'c', 'b', 'a']);
    expect(known.cycleWith('a', expression('[d]'))).toBeNull();
    expect(known.cycleWith('c', expression('[a]'))).toBeNull();
  });

  test('of a whole graph is found wherever it is', () => {
    expect(graph({ a: '[b]', b: '[c] and [d]', c: '', d: '[c]' }).cycle()).toBeNull();
    expect(graph({ a: '[b]', b: '[c]', c: '[b]' }).cycle()).toEqual(['b', 'c']);
    expect(graph({ x: '[y]', a: '', y: '[a] or [x]' }).cycle()).toEqual(['x', 'y']);
    expect(graph({ a: '[a]' }).cycle()).toEqual(['a']);
  });

  test('is looked for in long chains without a walk for every path', () => {
    const long = chain(50_000);
    expect(long.cycle()).toBeNull();
    const closing = long.cycleWith('r0', expression('[r49999]'));
    expect([closing?.length, closing?.at(0), closing?.at(1), closing?.at(-1)]).toEqual([50_001, 'r0', 'r49999', 'r0']);
    long.set('r0', expression('[r49999]'));
    expect(long.cycle()).toHaveLength(50_000);
  });
});
