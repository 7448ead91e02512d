import { setTimeout as wait } from 'node:timers/promises';
import { exitWords } from '../host-process.ts';
import type { Online } from '../played-daemon.ts';
import { lives } from '../processes.ts';
import type { Play, Scenario } from '../scenario.ts';
import { expects } from '../violation.ts';

const NAMES = ['check-1', 'check-2', 'check-3'] as const;
const END_LIMIT_MS = 15_000;
const EXIT_LIMIT_MS = 5_000;
const LOOK_MS = 2;
/** How long a host that holds resources is watched trying again. */
const TRYING_MS = 1_500;
const MOST_TRIES = 20;

/** How a host ends, and when it does not. */
export const goodbye: Scenario = {
  name: 'goodbye',
  checks: [
    {
      rule: 'H-6',
      expected: 'after the goodbye `shutdown`, and after SIGTERM: three resources taken offline in reverse order, and an exit',
      hint: 'Both are the same order: stop what is online, the last that came first, wait for each, and exit.',
    },
    {
      rule: 'H-7',
      expected: 'after noCommonProtocol: its message on standard error and an exit code other than 0; with resources held: another try',
      hint: 'Without resources nobody needs the host, so it says why it ends; with resources it is needed.',
    },
  ],
  async play(play) {
    await play.trial(
      'H-6',
      async () => {
        const after = await shutsDown(play, 'the goodbye shutdown', () => play.daemon.peer.goodbye('shutdown', 'The daemon ends.'));
        const afterSignal = await shutsDown(play, 'SIGTERM', async () => play.stage.host.signal('SIGTERM'));
        return `${after}; ${afterSignal}`;
      },
      { endsHost: true },
    );
    await play.trial(
      'H-7',
      async () => {
        const refused = await leaves(play);
        return `${refused}; ${await staysWithResources(play)}`;
      },
      { endsHost: true },
    );
  },
};

async function shutsDown(play: Play, what: string, tell: () => Promise<void>): Promise<string> {
  const { daemon, stage } = play;
  await daemon.begin();
  const onlines = new Map<string, Online>();
  for (const name of NAMES) {
    await daemon.open(name);
    onlines.set(name, await daemon.online(name));
  }
  const watched = watchEnds(onlines, () => stage.host.exit !== null);
  await tell();
  const exit = await stage.host.ended(END_LIMIT_MS);
  expects(exit !== null, `still running ${END_LIMIT_MS / 1000} s after ${what}`);
  const order = await watched;
  const left = [...onlines.values()].flatMap(({ processes }) => processes).filter(lives);
  expects(left.length === 0, `after ${what} it ${exitWords(exit)} and left ${left.map(({ pid }) => `process ${pid}`).join(', ')} running`);
  expects(
    order.every((name, index) => index === 0 || name <= (order[index - 1] ?? name)),
    `after ${what} they ended in the order ${order.join(', ')}`,
  );
  return `${what}: ${order.length === 0 ? '' : `${order.join(', ')} ended, then it `}${exitWords(exit)}`;
}

/** The resources in the order in which their processes ended, as far as they can be told apart. */
export async function watchEnds(onlines: ReadonlyMap<string, Online>, isOver: () => boolean): Promise<readonly string[]> {
  const left = new Map([...onlines].filter(([, { roots }]) => roots.length > 0));
  const order: string[] = [];
  while (left.size > 0) {
    // What ended between two looks ended at once, as far as anybody can tell.
    const ended = [...left].filter(([, { roots }]) => !roots.some(lives)).map(([name]) => name);
    order.push(...ended.sort().toReversed());
    for (const name of ended) left.delete(name);
    if (isOver()) break;
    await wait(LOOK_MS);
  }
  return order;
}

/** Refused, with nothing to lose. */
async function leaves({ daemon, stage }: Play): Promise<string> {
  const message = 'This daemon speaks andon/0 only.';
  await stage.startHost();
  await daemon.meet();
  await daemon.peer.goodbye('noCommonProtocol', message);
  const exit = await stage.host.ended(EXIT_LIMIT_MS);
  expects(exit !== null, `still running ${EXIT_LIMIT_MS / 1000} s after the goodbye noCommonProtocol`);
  expects(exit.code !== 0, 'exit code 0 after the goodbye noCommonProtocol');
  expects(stage.host.stderr.includes(message), `the message of the goodbye is not on standard error${stage.lastWords()}`);
  return `without resources it ${exitWords(exit)}`;
}

/** Refused, with a resource that goes on. */
async function staysWithResources({ daemon, stage }: Play): Promise<string> {
  await daemon.begin();
  await daemon.open('check-1');
  const { roots } = await daemon.online('check-1');
  await daemon.peer.goodbye('protocolViolation', 'This daemon does not like the connection.');
  await daemon.meet(EXIT_LIMIT_MS, 'H-7');
  const before = stage.connections;
  await daemon.peer.goodbye('protocolViolation', 'Nor this one.');
  await wait(TRYING_MS);
  const tries = stage.connections - before;
  expects(stage.host.exit === null, 'it ended although it holds a resource');
  expects(roots.every(lives), 'a process of its resource is gone');
  expects(tries <= MOST_TRIES, `${tries} connections in ${TRYING_MS} ms`);
  return `with a resource it came again, ${tries} times in ${TRYING_MS} ms`;
}
