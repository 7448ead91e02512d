import { describe, expect, test } from 'vitest';
import { TABLE } from '../../daemon/src/core/life-cycle/table.ts';
import { INVARIANTS } from './invariants.ts';
import { search, type Violation } from './search.ts';
import { VARIANTS } from './variants.ts';

const LIMIT_MS = 60_000;
const used = new Set<string>();

describe('the life cycle with the order of calls and a host that does what it likes', () => {
  test.each(VARIANTS)(
    'S1 to S56: $name: every reachable state keeps every invariant',
    (variant) => {
      const result = search(
        { variant, table: TABLE },
        {
          firstOnly: false,
          onSeen: ({ before, event }) => event && used.add(`${before.instance.phase}.${event.kind}`),
        },
      );
      console.log(`${variant.name}: ${result.states} states, ${result.steps} steps, ${INVARIANTS.length} invariants`);
      expect(result.violations.map(inWords).join('\n\n')).toBe('');
      expect(result.complete).toBe(true);
    },
    LIMIT_MS,
  );

  test('S41, S59: every cell of the table was used, so that none is vouched for unseen', () => {
    const cells = Object.entries(TABLE).flatMap(([phase, row]) => Object.keys(row).map((event) => `${phase}.${event}`));
    expect(cells.filter((cell) => !used.has(cell))).toEqual([]);
  });
});

function inWords({ invariant, what, trace }: Violation): string {
  return `${invariant}: ${what}\n  ${trace.join('\n  ')}`;
}
