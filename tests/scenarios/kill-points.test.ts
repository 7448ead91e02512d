import { expect, test } from 'vitest';
import { POINTS, type Point } from '../kill-points/points.ts';
import { type Round, World } from '../kill-points/world.ts';
import { randomNumbers, someOf } from '../support/random.ts';

/** `npm run kill-points -- --kills N --seed S` sets both. Without them each point is used once. */
const KILLS = Number(process.env['ANDON_KILLS'] ?? POINTS.length);
const SEED = Number(process.env['ANDON_KILL_SEED'] ?? 20_260_722);
const ONLY = process.env['ANDON_KILL_ONLY'];
/** So many daemons live on one store and one set of hosts. */
const KILLS_PER_WORLD = 125;
const SETTLE_LIMIT_MS = Number(process.env['ANDON_TEST_LIMIT_MS'] ?? 30_000);

const points = POINTS.filter(({ name }) => ONLY === undefined || name === ONLY);

/** Every point once in an order of its own, again and again; one that was not reached comes again with its first passage. */
function* rounds(random: () => number): Generator<Round, never, boolean> {
  for (;;) {
    for (const point of someOf(points, points.length, random)) {
      const whileDead = random() < 0.3;
      const isReached = yield { point, passage: 1 + Math.floor(random() * point.passages), whileDead };
      if (!isReached) yield { point, passage: 1, whileDead };
    }
  }
}

/** Numbers of kills by point, and what became of the records. */
class Tally {
  readonly #kills = new Map<string, number>();
  readonly missed: string[] = [];
  records = 0;
  kills = 0;

  count({ name }: Point): void {
    this.kills++;
    this.#kills.set(name, (this.#kills.get(name) ?? 0) + 1);
  }

  countOf({ name }: Point): number {
    return this.#kills.get(name) ?? 0;
  }

  tell(seconds: number): string {
    const table = points.map((point) => `${String(this.countOf(point)).padStart(5)}  ${point.name}`);
    const summary = `${this.kills} kills, seed ${SEED}, ${this.records} records, ${this.missed.length} points not reached, ${seconds.toFixed(0)} s`;
    return `${[...table, summary, ...this.missed.map((one) => `not reached: ${one}`)].join('\n')}\n`;
  }
}

test(
  'S56: a daemon killed at every named point: each written record is answered, none acts twice, and nothing runs twice',
  { timeout: 60_000 + KILLS * 10_000 },
  async () => {
    const random = randomNumbers(SEED);
    const next = rounds(random);
    const tally = new Tally();
    let isReached = true;
    const begun = performance.now();
    while (tally.kills < KILLS) {
      const world = await World.create(random);
      const lived: string[] = [];
      for (let kills = 0; kills < KILLS_PER_WORLD && tally.kills < KILLS;) {
        const { value: round } = next.next(isReached);
        const told = `${round.point.name} (passage ${round.passage}${round.whileDead ? ', records while no daemon ran' : ''})`;
        isReached = await world.live(round);
        if (isReached) {
          kills++;
          tally.count(round.point);
          lived.push(told);
        } else tally.missed.push(told);
        if (tally.missed.length > 5 + KILLS / 5) throw new Error(`too many points are not reached:\n${tally.tell(0)}`);
      }
      const problems = await world.settle(SETTLE_LIMIT_MS);
      expect(problems, `seed ${SEED}; the last daemons died at:\n${lived.slice(-20).join('\n')}`).toEqual([]);
      tally.records += world.ledger.records.length;
      if (tally.kills < KILLS) process.stdout.write(`${tally.kills} kills, ${tally.records} records\n`);
    }
    process.stdout.write(tally.tell((performance.now() - begun) / 1000));
    expect(points.filter((point) => KILLS >= points.length && tally.countOf(point) === 0)).toEqual([]);
  },
);
