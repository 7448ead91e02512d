import { ENTRY_POINTS } from '@andon/protocol';
import { answerWords } from '../conversation.ts';
import type { PlayedDaemon } from '../played-daemon.ts';
import { commandLineOf, lives } from '../processes.ts';
import type { Play, Scenario } from '../scenario.ts';
import { expects } from '../violation.ts';

const OPERATION_LIMIT_MS = 30_000;

/** Operations that are sent again under the id that they had. */
export const memory: Scenario = {
  name: 'repeated operations',
  checks: [
    {
      rule: 'I-1',
      expected:
        'with `remembersResults`: online, offline and terminate under an id of before are answered as before, and nothing is done again',
      hint: 'Keep the last operation id of each resource with its result, and look there first.',
    },
    {
      rule: 'I-2',
      expected: 'without `remembersResults`: a repeated online of the incarnation that is online succeeds, and starts nothing',
      hint: 'An online of the incarnation that you have online is done already: answer as you did.',
    },
    {
      rule: 'I-3',
      expected: 'a call under an id that was used before for another one is judged by what it says',
      hint: 'Only ids of the form RESOURCE@INCARNATION/CALL may be looked up; every other call is made anew.',
    },
  ],
  async play(play) {
    const { daemon } = play;
    await daemon.begin();
    await daemon.open('check-1');
    if (daemon.hello?.capabilities.remembersResults === true) {
      await play.trial('I-1', () => remembers(play));
      play.notApplicable('I-2', 'it declares `remembersResults`');
    } else {
      await play.trial('I-2', () => repeatsOnline(play));
      play.notApplicable('I-1', 'it does not declare `remembersResults`');
    }
    await play.trial('I-3', () => forgets(play));
    await daemon.drop('check-1');
  },
};

async function remembers(play: Play): Promise<string> {
  const { daemon } = play;
  await whilePended(play);
  await repeatsOnline(play);
  await daemon.replace();
  await again(daemon, 'online', 'after a reconnection');
  await daemon.offline('check-1');
  await again(daemon, 'offline', 'when it was offline');
  await daemon.online('check-1');
  await daemon.terminate('check-1');
  await again(daemon, 'terminate', 'when it was terminated');
  return 'online, offline and terminate were answered again, also after a reconnection';
}

/** An online that pends is asked for again at once. */
async function whilePended({ daemon, stage }: Play): Promise<void> {
  const { id, params } = daemon.onlineCall('check-1');
  const limits = { id, limitMs: OPERATION_LIMIT_MS };
  const first = await daemon.succeed('online', params, limits);
  if (isPending(first)) {
    const second = await daemon.call('online', params, { id });
    const isOver = stage.witness.finalReport(id) !== undefined;
    expects(
      second.ok && (isPending({ result: second.result }) || isOver),
      `a repeat of the pended online was answered ${answerWords(second)}`,
    );
    await daemon.finalReport(id);
  }
  await daemon.terminate('check-1');
}

async function repeatsOnline({ daemon }: Play): Promise<string> {
  const { roots, incarnation } = await daemon.online('check-1');
  const before = new Set(daemon.started.map(({ pid }) => pid));
  await again(daemon, 'online', 'while it was online');
  // What a program of before starts is no copy of it.
  const copies = daemon.started.filter(({ pid, parentPid }) => !before.has(pid) && !before.has(parentPid));
  const died = roots.filter((process) => !lives(process));
  expects(copies.length === 0, `a second copy: ${copies.map(({ pid }) => `process ${pid} (${commandLineOf(pid)})`).join(', ')}`);
  expects(died.length === 0, `the repeat ended what the online of incarnation ${incarnation} had started`);
  return `the repeated online of incarnation ${incarnation} succeeded and started nothing`;
}

/** The last operation of that kind under its id. */
async function again(daemon: PlayedDaemon, call: 'online' | 'offline' | 'terminate', when: string): Promise<void> {
  const { id, params } = sameCall(daemon, call);
  const response = await daemon.call(call, params, { id });
  expects(response.ok, `${id} again, ${when}, was answered ${answerWords(response)}`);
}

function sameCall(daemon: PlayedDaemon, call: 'online' | 'offline' | 'terminate'): { readonly id: string; readonly params: object } {
  if (call === 'online') return daemon.onlineCall('check-1', daemon.incarnationOf('check-1'));
  return call === 'offline' ? daemon.offlineCall('check-1') : daemon.terminateCall('check-1');
}

async function forgets({ daemon }: Play): Promise<string> {
  const { id } = daemon.request('isAlive', {});
  const params = { resourceId: 'check-1', incarnation: daemon.incarnationOf('check-1') };
  await daemon.call('isAlive', params, { id });
  await daemon.replace();
  const response = await daemon.call('isAlive', { ...params, resourceId: 'check-unknown' }, { id });
  expects(!response.ok, `an isAlive of a resource that nobody opened was answered ${answerWords(response)}`);
  return `the second call was answered ${answerWords(response)}`;
}

function isPending({ result }: { readonly result?: unknown }): boolean {
  return ENTRY_POINTS.offline.result.safeParse(result).data?.pending === true;
}
