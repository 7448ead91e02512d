import { expect, test } from 'vitest';
import { FAULTS } from './actors/troublemaker.ts';
import regressions from './regressions.json' with { type: 'json' };
import { Simulation, type SimulationOptions, type SimulationReport } from './simulation.ts';

/** More where faults were made by hand that few seeds meet (`npm run prove -- simulation`). */
const SEEDS = Number(process.env['ANDON_SIMULATED_SEEDS'] ?? 12);
const HOURS = 2;
/** Every word to the world is a place to die at; `npm run simulate -- --every-passage` takes all, this takes each so many. */
const STRIDE = 13;
const ONE_DEATH = { seed: 1, hours: 0.15, troubleMs: 60_000, without: FAULTS.filter((fault) => fault !== 'broken-thing') };

function run(options: SimulationOptions): Promise<SimulationReport> {
  return new Simulation(options).run();
}

/** What was violated, in words, with the seed that does it again. */
function complaints({ seed, violations }: SimulationReport): string[] {
  return violations.map(({ atMs, promise, detail }) => `seed ${seed} at ${atMs.toFixed(3)}: ${promise}: ${detail}`);
}

test('simulation: whatever goes wrong, every promise is kept', { timeout: 1_800_000 }, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) expect(complaints(await run({ seed, hours: HOURS }))).toEqual([]);
});

test('simulation: a death of the daemon or of a host at any word to the world costs nothing', { timeout: 600_000 }, async () => {
  const { passages } = await run({ ...ONE_DEATH, diesAt: { who: 'daemon', passage: 0 } });
  for (const who of ['daemon', 'host'] as const) {
    expect(passages[who]).toBeGreaterThan(100);
    for (let passage = 1; passage <= passages[who]; passage += STRIDE)
      expect(complaints(await run({ ...ONE_DEATH, diesAt: { who, passage } }))).toEqual([]);
  }
});

test.each(regressions)('simulation: seed $seed, which once found that $found', { timeout: 60_000 }, async ({ seed, hours }) => {
  expect(complaints(await run({ seed, hours }))).toEqual([]);
});

test('simulation: the same seed is the same world, word for word', { timeout: 60_000 }, async () => {
  const [first, second, other] = [
    await run({ seed: 5, hours: 0.5 }),
    await run({ seed: 5, hours: 0.5 }),
    await run({ seed: 6, hours: 0.5 }),
  ];
  expect(second).toEqual(first);
  expect(other.story).not.toEqual(first.story);
});

test('simulation: the troubles really happen', { timeout: 60_000 }, async () => {
  const { counts } = await run({ seed: 3, hours: 2 });
  for (const [what, least] of Object.entries({ reports: 50, terminates: 50, onlines: 100, verified: 50, crashes: 5, hostDeaths: 20 }))
    expect(counts[what], what).toBeGreaterThan(least);
});
