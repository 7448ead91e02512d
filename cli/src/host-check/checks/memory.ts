import { ENTRY_POINTS } from '@andon/protocol';
import { answerWords } from '../conversation.ts';
import type { Online } from '../played-daemon.ts';
import { lives } from '../processes.ts';
import type { Play, Scenario } from '../scenario.ts';
import { expects } from '../violation.ts';

const REPEATED_ID = 'asked-by-two-daemons';
const OTHER_TYPE = 'check-other-type';

/** The same ids again, from the next daemon. */
export const memory: Scenario = {
  name: 'operation ids',
  checks: [
    {
      rule: 'I-1',
      expected: 'an online that is repeated under its id answered from memory, and `pending` while it is pended; nothing started or ended',
      hint: 'Keep the id and the result of the last online, offline or terminate of each resource, and look there first.',
    },
    {
      rule: 'I-2',
      expected: 'an online of the incarnation that is online answered with success; nothing started or ended',
      hint: 'Compare params.incarnation with the one that is online before you start anything.',
    },
    {
      rule: 'I-3',
      expected: 'two startups of different types under one id, on two connections, answered each for itself',
      hint: 'Only ids of the form RESOURCE@INCARNATION/CALL are ever repeated; look up no other.',
    },
  ],
  async play(play) {
    const { daemon } = play;
    await daemon.begin();
    await daemon.open('check-1');
    const online = await daemon.online('check-1');
    const remembers = daemon.hello?.capabilities.remembersResults === true;
    play.notApplicable(remembers ? 'I-2' : 'I-1', `its hello says that it ${remembers ? 'remembers' : 'does not remember'} results`);
    await play.trial(remembers ? 'I-1' : 'I-2', async () => {
      const came = await repeatsFinished(play, online);
      if (remembers && online.pended) return `${came}; ${await repeatsPended(play)}`;
      return came;
    });
    await play.trial('I-3', () => asksTwice(play));
    await daemon.drop('check-1');
  },
};

/** The next daemon does not know that the online has ended. */
async function repeatsFinished(play: Play, { incarnation, processes }: Online): Promise<string> {
  const { daemon } = play;
  await daemon.replace();
  const before = new Set(daemon.started.map(({ pid }) => pid));
  const { id, params } = daemon.onlineCall('check-1', incarnation);
  const response = await daemon.call('online', params, { id });
  expects(response.ok, `the repeated ${id} was answered ${answerWords(response)}`);
  const isPending = ENTRY_POINTS.offline.result.safeParse(response.result).data?.pending === true;
  expects(!isPending, `the repeated ${id}, which has ended, was answered \`pending\``);
  const gone = processes.find((process) => !lives(process));
  expects(gone === undefined, `process ${gone?.pid ?? ''} ended by the repeated ${id}`);
  const started = daemon.started.filter(({ pid }) => !before.has(pid));
  expects(started.length === 0, `process ${started.map(({ pid }) => pid).join(', ')} started by the repeated ${id}`);
  return `the repeated ${id} was answered ${answerWords(response)}`;
}

/** The next daemon comes while it is under way; on a slow machine it may have ended by then. */
async function repeatsPended({ daemon }: Play): Promise<string> {
  await daemon.terminate('check-1');
  const { id, params } = daemon.onlineCall('check-1');
  await daemon.succeed('online', params, { id });
  await daemon.replace();
  const response = await daemon.call('online', params, { id });
  expects(response.ok, `the repeated ${id} was answered ${answerWords(response)}`);
  const { state } = await daemon.finalReport(id);
  expects(state === 'online', `the repeated ${id} ended in the state ${state}`);
  return `under way it was answered ${answerWords(response)}`;
}

async function asksTwice({ daemon, stage }: Play): Promise<string> {
  const { type } = stage.underCheck;
  await daemon.succeed('startup', { types: [type] }, { id: REPEATED_ID });
  await daemon.replace();
  const { result } = await daemon.succeed('startup', { types: [OTHER_TYPE] }, { id: REPEATED_ID });
  const served = ENTRY_POINTS.startup.result.safeParse(result).data?.resourceTypes ?? [];
  expects(!served.includes(type), `startup of ${OTHER_TYPE} was answered with the result of an earlier startup: ${JSON.stringify(result)}`);
  return `the second was answered ${JSON.stringify(result)}`;
}
