import { setTimeout as wait } from 'node:timers/promises';
import { FAILURE_OPTION, induceFailure, tellsFailure } from '../induced-failure.ts';
import type { Entry } from '../journal.ts';
import type { Online } from '../played-daemon.ts';
import { lives } from '../processes.ts';
import { reportIn } from '../reports.ts';
import type { Play, Scenario } from '../scenario.ts';
import { expects, Violation } from '../violation.ts';

const TRIES = 3;
/** 0.1 s, and what timers may be early. */
const SHORTEST_GAP_MS = 80;
const TRY_LIMIT_MS = 6_000;
const RECONNECT_WINDOW_MS = 10_000;
const LATE_ANSWER_MS = 300;
const TOLD_AGAIN_LIMIT_MS = 5_000;
const MARGIN_MS = 300;

/** A daemon that dies, and the next one. */
export const reconnection: Scenario = {
  name: 'reconnection',
  checks: [
    {
      rule: 'R-1',
      expected: 'resources that go on without a daemon, and another try 0.1 to 2 s after each connection that ended',
      hint: 'The end of the connection ends nothing else. Wait a moment, a little longer each time, and connect again.',
    },
    {
      rule: 'R-2',
      expected: 'a hello that tells what has become of each resource meanwhile',
      hint: 'Make the hello when it is sent, not when the connection ends.',
    },
    {
      rule: 'R-3',
      expected: 'no answer on a new connection to what was asked on an earlier one',
      hint: 'Keep with each request the connection that brought it; when that is closed, drop the answer.',
    },
    {
      rule: 'R-4',
      expected: 'a last status report that was not answered, and a failure of the time without a daemon, told after the welcome',
      hint: 'Keep a report until it is answered and a failure until its terminate; tell what is kept after each welcome.',
    },
    {
      rule: 'R-6',
      expected: `a hello within ${RECONNECT_WINDOW_MS / 1000} s`,
      hint: 'The longest wait between two attempts is 2 s, however long the daemon has been away.',
    },
  ],
  async play(play) {
    const { daemon } = play;
    await daemon.begin();
    await daemon.open('check-1');
    await daemon.open('check-2');
    const online = await daemon.online('check-1');
    await play.trial('R-1', () => comesAgain(play, online));
    await play.trial('R-2', () => tellsWhatCame(play, online));
    await play.trial('R-3', () => answersNobodyElse(play));
    await tellsAgain(play, online);
    await daemon.drop('check-1');
    await daemon.drop('check-2');
  },
};

async function comesAgain({ daemon, stage, judge }: Play, { processes }: Online): Promise<string> {
  await daemon.die();
  const diedMs = performance.now();
  await stage.listen();
  const comesMs: number[] = [];
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const peer = await stage.connection(TRY_LIMIT_MS, 'R-1');
    comesMs.push(performance.now());
    peer.cut();
  }
  await daemon.meet(TRY_LIMIT_MS, 'R-1');
  const backMs = Math.round(performance.now() - diedMs);
  daemon.welcome();
  if (backMs <= RECONNECT_WINDOW_MS) judge.held('R-6', `back after ${backMs} ms and ${TRIES} connections that were cut`);
  else judge.broken('R-6', `back after ${backMs} ms`);
  const gaps = comesMs.slice(1).map((ms, index) => Math.round(ms - (comesMs[index] ?? ms)));
  expects(Math.min(...gaps) >= SHORTEST_GAP_MS, `another try ${Math.min(...gaps)} ms after a connection that ended`);
  const gone = processes.find((process) => !lives(process));
  expects(gone === undefined, `process ${gone?.pid ?? ''} of check-1 ended with the connection`);
  const { ok } = await daemon.alive('isAlive', 'check-1');
  expects(ok, 'isAlive of check-1 failed after the new connection');
  return `it tried again after ${gaps.join(' and ')} ms`;
}

/** An online that pends ends while nobody is there; one that does not is over before. */
async function tellsWhatCame({ daemon }: Play, { tookMs }: Online): Promise<string> {
  const { id, params } = daemon.onlineCall('check-2');
  await daemon.succeed('online', params, { id });
  await daemon.die();
  await wait(tookMs + MARGIN_MS);
  const { resources } = await daemon.comeBack();
  daemon.welcome();
  const told = resources.find((resource) => resource.id === 'check-2');
  expects(told?.state === 'Online', `check-2, which came online meanwhile, is told as ${told?.state ?? 'nothing at all'}`);
  return 'check-2 came online meanwhile, and is told as Online';
}

async function answersNobodyElse({ daemon, judge }: Play): Promise<string> {
  const params = { resourceId: 'check-1', incarnation: daemon.incarnationOf('check-1') };
  const { text } = daemon.request('isAlive', params);
  await daemon.peer.sendPieces(text, text.length);
  await daemon.replace();
  // The witness knows what was asked on which connection.
  await wait(LATE_ANSWER_MS);
  expects(!judge.isBroken('R-3'), 'an answer to an isAlive of the connection before');
  return `no answer within ${LATE_ANSWER_MS} ms of the welcome`;
}

async function tellsAgain(play: Play, { pended, contract }: Online): Promise<void> {
  const failureSeen = contract === 'event' && play.stage.underCheck.induceFailure !== null;
  if (!pended && !failureSeen) {
    return play.notApplicable('R-4', `nothing pends, and there is no failure of an event contract without ${FAILURE_OPTION}`);
  }
  await play.trial('R-4', async () => {
    const report = pended ? await reportsAgain(play) : 'nothing pends';
    return failureSeen ? `${report}; ${await failsAlone(play)}` : report;
  });
}

async function reportsAgain({ daemon, stage }: Play): Promise<string> {
  await daemon.terminate('check-2');
  const { id, params } = daemon.onlineCall('check-2');
  daemon.answers.onReport = ({ state }) => (state === 'online' ? null : 'continue');
  await daemon.succeed('online', params, { id });
  await daemon.finalReport(id);
  await daemon.die();
  daemon.answers.onReport = () => 'continue';
  await daemon.comeBack();
  const mark = stage.journal.mark;
  daemon.welcome();
  const isIt = (entry: Entry): true | undefined => {
    const report = reportIn(entry);
    return report?.operationId === id && report.state === 'online' ? true : undefined;
  };
  const again = await stage.journal.next(isIt, TOLD_AGAIN_LIMIT_MS, mark);
  expects(again !== null, `the last report of ${id}, which was not answered, did not come again`);
  return `the last report of ${id} came again`;
}

async function failsAlone(play: Play): Promise<string> {
  const { daemon, stage, judge } = play;
  const incarnation = daemon.incarnationOf('check-1');
  await daemon.die();
  await induceFailure(play, 'check-1');
  await daemon.comeBack();
  const mark = stage.journal.mark;
  daemon.welcome();
  const told = await stage.journal.next((entry) => tellsFailure(entry, 'check-1', incarnation), TOLD_AGAIN_LIMIT_MS, mark);
  if (told === null && judge.isBroken('C-11')) throw new Violation('C-11', 'no failure of check-1 was ever told');
  expects(told !== null, `no word of the failure of check-1@${incarnation} within ${TOLD_AGAIN_LIMIT_MS} ms of the welcome`);
  return `check-1@${incarnation} failed meanwhile, and that was told after the welcome`;
}
