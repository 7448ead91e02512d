import { describe, expect, test } from 'vitest';
import { campaign } from './campaign.ts';
import { readCorpus } from './corpus.ts';
import { TARGETS } from './targets.ts';

/** Fixed, so that a failure here is one of the change and not of the day; `npm run fuzz` takes another each time. */
const SEED = 20_260_101;

describe.each(TARGETS)('$name', (target) => {
  const known = [...target.seeds, ...readCorpus(target.name).values()];

  test('keeps its promises for every input that is known, and for fresh ones', async () => {
    try {
      for (const input of known) await target.check(input);
      const { failure, inputs } = await campaign({ ...target, guidedBy: undefined }, known, {
        seed: SEED,
        inputs: target.freshInTests,
        seconds: Number.POSITIVE_INFINITY,
      });
      expect(failure?.error, `input ${JSON.stringify(Buffer.from(failure?.input ?? []).toString('latin1'))}`).toBeUndefined();
      expect(inputs).toBe(target.freshInTests);
    } finally {
      await target.close?.();
    }
  });
});
