import { describe, expect, test } from 'vitest';
import { EQUIVALENT_MUTANTS } from './equivalent-mutants.ts';
import { Experience } from './mutant-run.ts';
import { mutantsOf } from './mutants.ts';
import { VARIANTS } from './variants.ts';

/** `npm run mutants` takes every mutant under every variant and hunts survivors everywhere. */
const isWhole = process.env['ANDON_MUTANTS'] === 'all';
/** Without it: two variants that use nearly every cell between them, and every mutant near the states that use its cell. */
const variants = isWhole ? VARIANTS : VARIANTS.filter(({ name }) => name === 'plain' || name === 'verify, the daemon dies');
const LIMIT_MS = isWhole ? 3_600_000 : 120_000;

describe('a fault in one cell of the table', () => {
  test(
    'style 3, D24: is caught by an invariant, whichever it is, unless it is equivalent for a known reason',
    () => {
      const experience = new Experience();
      for (const variant of variants) experience.gather(variant);
      const mutants = mutantsOf(experience.uses);
      const survivors: string[] = [];
      for (const mutant of mutants) {
        const isKnown = mutant.name in EQUIVALENT_MUTANTS;
        if (experience.hunt(mutant, variants, isWhole && !isKnown) === null) survivors.push(mutant.name);
      }
      console.log(
        `${mutants.length} mutants of ${experience.uses.length} cells, ${mutants.length - survivors.length} caught, ${survivors.length} equivalent`,
      );
      expect(mutants.length).toBeGreaterThan(1_500);
      // Both ways: none survives unknown, and none is called equivalent that can be caught.
      expect(survivors.sort()).toEqual(Object.keys(EQUIVALENT_MUTANTS).sort());
    },
    LIMIT_MS,
  );
});
