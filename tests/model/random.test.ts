import fc from 'fast-check';
import { describe, test } from 'vitest';
import { Fleet } from './fleet.ts';
import { VARIANTS } from './variants.ts';

const RUNS = 150;

/** Who, and which of the things that can happen to it then. */
const steps = fc.array(fc.tuple(fc.nat(2), fc.nat(1_000)), { maxLength: 120, size: 'max' });

describe('several instances on one host', () => {
  test.each(VARIANTS.filter(({ daemonRestarts }) => !daemonRestarts))(
    'S30, S35, S36, S41: $name: keep every invariant, disturb nobody else, and come to rest',
    (variant) => {
      fc.assert(
        fc.property(fc.integer({ min: 2, max: 3 }), steps, (size, chosen) => {
          const fleet = new Fleet(variant, size);
          for (const [member, choice] of chosen) fleet.step(member, choice);
          fleet.settle();
        }),
        { numRuns: RUNS, seed: 20_260_101 },
      );
    },
  );
});
