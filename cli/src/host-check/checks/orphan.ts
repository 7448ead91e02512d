import { setTimeout as wait } from 'node:timers/promises';
import { exitWords } from '../host-process.ts';
import type { Online } from '../played-daemon.ts';
import { lives } from '../processes.ts';
import type { Scenario } from '../scenario.ts';
import { expects } from '../violation.ts';
import { watchEnds } from './goodbye.ts';

const NAMES = ['check-1', 'check-2', 'check-3'] as const;
const ORPHAN_PERIOD_MS = 1_500;
/** Before this part of the period is over, nothing may end. */
const PATIENCE_MS = 1_000;
const END_LIMIT_MS = 15_000;

/** A host that no daemon comes back to. */
export const orphan: Scenario = {
  name: 'no daemon any more',
  checks: [
    {
      rule: 'R-5',
      expected: `an orphanPeriodMs of ${ORPHAN_PERIOD_MS} without a daemon: then, and not earlier, resources offline in reverse order of their online, and an exit`,
      hint: 'Start a clock when the connection ends, stop it at the next welcome; when it runs out, do what SIGTERM does.',
    },
  ],
  async play(play) {
    const { daemon, stage } = play;
    await daemon.begin({ orphanPeriodMs: ORPHAN_PERIOD_MS });
    const onlines = new Map<string, Online>();
    for (const name of NAMES) {
      await daemon.open(name);
      onlines.set(name, await daemon.online(name));
    }
    await play.trial(
      'R-5',
      async () => {
        const processes = [...onlines.values()].flatMap((online) => online.processes);
        const roots = [...onlines.values()].flatMap((online) => online.roots);
        await daemon.die();
        await wait(PATIENCE_MS);
        expects(stage.host.exit === null && roots.every(lives), `something ended within ${PATIENCE_MS} ms without a daemon`);
        const watched = watchEnds(onlines, () => stage.host.exit !== null);
        const exit = await stage.host.ended(END_LIMIT_MS);
        expects(exit !== null, `still running ${END_LIMIT_MS / 1000} s after the period`);
        const order = await watched;
        expects(!processes.some(lives), `it ${exitWords(exit)} and left processes of its resources running`);
        expects(order.join() === order.toSorted().toReversed().join(), `they ended in the order ${order.join(', ')}`);
        return `${order.length === 0 ? '' : `${order.join(', ')} ended, then it `}${exitWords(exit)}`;
      },
      { endsHost: true },
    );
  },
};
