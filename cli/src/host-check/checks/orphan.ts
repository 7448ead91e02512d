import { exitWords } from '../host-process.ts';
import type { Online } from '../played-daemon.ts';
import { lives } from '../processes.ts';
import type { Play, Scenario } from '../scenario.ts';
import { expects } from '../violation.ts';
import { watchEnds } from './goodbye.ts';

const NAMES = ['check-1', 'check-2', 'check-3'] as const;
const ORPHAN_PERIOD_MS = 1_500;
/** A timer may be early by that much. */
const EARLY_MS = 100;
const END_LIMIT_MS = 15_000;

/** A daemon that never comes back. */
export const orphan: Scenario = {
  name: 'without a daemon for good',
  checks: [
    {
      rule: 'R-5',
      expected: `after ${ORPHAN_PERIOD_MS} ms without a daemon (orphanPeriodMs): resources offline in reverse order, and an exit`,
      hint: 'Start a timer of orphanPeriodMs when the connection ends, stop it at the welcome; what it does is what SIGTERM does.',
    },
  ],
  async play(play) {
    const { daemon } = play;
    await daemon.begin({ orphanPeriodMs: ORPHAN_PERIOD_MS });
    const onlines = new Map<string, Online>();
    for (const name of NAMES) {
      await daemon.open(name);
      onlines.set(name, await daemon.online(name));
    }
    await play.trial('R-5', () => endsAlone(play, onlines), { endsHost: true });
  },
};

async function endsAlone({ daemon, stage }: Play, onlines: ReadonlyMap<string, Online>): Promise<string> {
  const { host } = stage;
  await daemon.die();
  const diedMs = performance.now();
  const watched = watchEnds(onlines, () => host.exit !== null);
  const exit = await host.ended(ORPHAN_PERIOD_MS + END_LIMIT_MS);
  const aloneMs = Math.round(performance.now() - diedMs);
  expects(exit !== null, `still running after ${aloneMs} ms without a daemon`);
  expects(aloneMs >= ORPHAN_PERIOD_MS - EARLY_MS, `it ${exitWords(exit)} after ${aloneMs} ms already`);
  const order = await watched;
  const left = [...onlines.values()].flatMap(({ processes }) => processes).filter(lives);
  expects(left.length === 0, `it ${exitWords(exit)} and left ${left.map(({ pid }) => `process ${pid}`).join(', ')} running`);
  const isReverse = order.every((name, index) => index === 0 || name <= (order[index - 1] ?? name));
  expects(isReverse, `they ended in the order ${order.join(', ')}`);
  return `it ${exitWords(exit)} after ${aloneMs} ms`;
}
