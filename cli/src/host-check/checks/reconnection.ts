import { setTimeout as wait } from 'node:timers/promises';
import { answerWords } from '../conversation.ts';
import { induceFailure, nothingIsRepeated, tellsFailure } from '../induced-failure.ts';
import { type LivingProcess, lives } from '../processes.ts';
import type { Play, Scenario } from '../scenario.ts';
import { expects, Violation } from '../violation.ts';

/** As long as the daemon stays away: some tries of the host find nobody. */
const AWAY_MS = 600;
const ONLINE_LIMIT_MS = 30_000;
const CUTS = 3;
const LEAST_WAIT_MS = 90;
/** 2 s, and something for a slow machine. */
const MOST_WAIT_MS = 2_700;
const RECONNECT_SHOULD_MS = 10_000;
const LATE_ANSWER_MS = 400;
/** From the welcome on. A failure may be repeated by the clock of E-5, whose first waits are 2 and 4 s. */
const TOLD_AGAIN_LIMIT_MS = 6_500;
const RECORD_LIMIT_MS = 5_000;

/** A daemon that is killed, and the next one. */
export const reconnection: Scenario = {
  name: 'a killed daemon, and the next',
  checks: [
    {
      rule: 'R-1',
      expected: 'without a daemon: resources go on, and tries to connect 0.1 to 2 s after one another',
      hint: 'The end of the connection stops nothing. Wait a random time from 0.1 to 2 s before each try, also when the last one was accepted and ended.',
    },
    {
      rule: 'R-2',
      expected: 'a hello on each new connection, with the resources as they are then',
      hint: 'A connection begins with hello, whichever it is; build it anew each time.',
    },
    {
      rule: 'R-3',
      expected: 'no answer to a request that came on an earlier connection',
      hint: 'Let an answer know the connection of its request, and drop it when that is over.',
    },
    {
      rule: 'R-4',
      expected: `a failure or final report that was not answered, told again within ${TOLD_AGAIN_LIMIT_MS / 1000} s of the welcome`,
      hint: 'Keep a report until it is answered, and a failure until terminate comes; tell them again after the welcome.',
    },
    {
      rule: 'R-6',
      expected: `a hello to the next daemon within ${RECONNECT_SHOULD_MS / 1000} s`,
      hint: 'Do not wait longer from try to try: 2 s is the most.',
    },
    {
      rule: 'E-7',
      expected: '`failed: true` in the hello of a resource whose failure was told, and no terminate came',
      hint: 'Keep that it failed with the resource until terminate comes, and put it into the hello.',
    },
    {
      rule: 'E-9',
      expected: 'a terminate that came right before the connection ended: the state Failed in the hello, or what became of it',
      hint: 'Note that terminate has come before you begin with it.',
    },
  ],
  async play(play) {
    const { daemon } = play;
    await daemon.begin();
    await daemon.open('check-1');
    await daemon.open('check-2');
    const { roots, tookMs } = await daemon.online('check-1');
    await play.trial('R-1', () => comesBack(play, roots));
    await play.trial('R-2', () => greetsAgain(play, tookMs));
    await daemon.terminate('check-2');
    await play.trial('R-3', () => keepsAnswersBack(play));
    await play.trial('E-9', () => tellsOfTerminate(play));
    await tellsAgain(play);
  },
};

async function comesBack(play: Play, running: readonly LivingProcess[]): Promise<string> {
  const { daemon, stage } = play;
  await daemon.die();
  await wait(AWAY_MS);
  const gone = running.filter((process) => !lives(process));
  expects(gone.length === 0, `${gone.map(({ pid }) => `process ${pid}`).join(', ')} ended when the daemon was gone`);
  expects(stage.host.exit === null, 'the host ended with its connection');
  const listeningAt = performance.now();
  await stage.listen();
  const waits: number[] = [];
  for (let cut = 0; cut < CUTS; cut++) {
    const mark = stage.journal.mark;
    const peer = await stage.connection(MOST_WAIT_MS, 'R-1');
    const cutAt = performance.now();
    peer.cut();
    const next = await stage.journal.next((entry) => (entry.kind === 'connected' ? entry.atMs : undefined), MOST_WAIT_MS, mark + 1);
    expects(next !== null, `no other try within ${MOST_WAIT_MS} ms`);
    waits.push(next - cutAt);
  }
  const [shortest = 0] = waits.toSorted((a, b) => a - b);
  expects(shortest >= LEAST_WAIT_MS, `a try ${Math.round(shortest)} ms after the one before`);
  await daemon.meet(MOST_WAIT_MS, 'R-1');
  daemon.welcome();
  const tookMs = performance.now() - listeningAt;
  play.judge.held('R-6', `${Math.round(tookMs)} ms, with ${CUTS} connections that were cut`);
  return `waits of ${waits.map((ms) => Math.round(ms)).join(', ')} ms`;
}

/** An online that pends comes to its end while nobody is there. */
async function greetsAgain({ daemon }: Play, tookMs: number): Promise<string> {
  const { id, params } = daemon.onlineCall('check-2');
  await daemon.succeed('online', params, { id, limitMs: ONLINE_LIMIT_MS });
  await daemon.die();
  await wait(tookMs + AWAY_MS);
  const { resources } = await daemon.comeBack();
  daemon.welcome();
  const told = resources.map(({ id, incarnation, state }) => `${id}@${incarnation} ${state}`);
  for (const name of ['check-1', 'check-2']) {
    const isOnline = resources.some(({ id, state }) => id === name && state === 'Online');
    expects(isOnline, `${name}, which is online, in the hello: ${told.join(', ')}`);
  }
  return `told: ${told.join(', ')}`;
}

/** What the host works on when the connection ends is asked for again on the next one. */
async function keepsAnswersBack({ daemon, stage, judge }: Play): Promise<string> {
  const { id, params } = daemon.onlineCall('check-2');
  const isAlive = daemon.request('isAlive', { resourceId: 'check-1', incarnation: daemon.incarnationOf('check-1') });
  daemon.peer.sendText(daemon.request('online', params, { id }).text + isAlive.text);
  await daemon.replace();
  await wait(LATE_ANSWER_MS);
  expects(!judge.isBroken('R-3'), 'an answer to a request of the connection before');
  const response = await daemon.call('online', params, { id });
  if (!response.ok) throw new Violation(null, `online again on the new connection was answered ${answerWords(response)}`, 'I-1');
  if (stage.witness.isPended(id)) await daemon.finalReport(id);
  return 'no answer until it was asked again';
}

async function tellsOfTerminate({ daemon }: Play): Promise<string> {
  const { id, params } = daemon.terminateCall('check-2');
  daemon.peer.sendText(daemon.request('terminate', params, { id }).text);
  const { resources } = await daemon.replace();
  const told = resources.find((resource) => resource.id === 'check-2');
  expects(told !== undefined, 'check-2, which is open, is not in the hello');
  const wasDone = told.lastOp?.id === id || told.state === 'Offline';
  expects(wasDone || told.state === 'Failed', `check-2 in the state ${told.state}, last operation ${told.lastOp?.id ?? 'none'}`);
  await daemon.terminate('check-2');
  return wasDone ? 'it was done when the connection was there again' : 'Failed';
}

/** What nobody answered before the daemon was killed. */
async function tellsAgain(play: Play): Promise<void> {
  const { daemon, stage } = play;
  await daemon.terminate('check-1');
  const { pended, contract } = await daemon.online('check-1');
  await daemon.terminate('check-1');
  if (pended) await play.trial('R-4', () => reportsAgain(play));
  const reason = nothingIsRepeated(play, contract);
  if (reason !== null) {
    for (const rule of ['R-4', 'E-7']) play.notApplicable(rule, reason);
    return;
  }
  const { incarnation } = await daemon.online('check-1');
  await induceFailure(play, 'check-1');
  const told = await stage.journal.next((entry) => tellsFailure(entry, 'check-1', incarnation), RECORD_LIMIT_MS);
  if (told === null) throw new Violation('C-11', `no record of check-1@${incarnation} within ${RECORD_LIMIT_MS} ms`);
  const { resources } = await daemon.replace();
  const mark = stage.journal.mark;
  await play.trial('E-7', async () => {
    const resource = resources.find(({ id }) => id === 'check-1');
    expects(resource?.failed === true, `check-1 in the state ${resource?.state ?? 'missing'}, failed: ${resource?.failed ?? 'missing'}`);
  });
  await play.trial('R-4', async () => {
    const again = await stage.journal.next((entry) => tellsFailure(entry, 'check-1', incarnation), TOLD_AGAIN_LIMIT_MS, mark);
    expects(again !== null, `no second record of check-1@${incarnation} within ${TOLD_AGAIN_LIMIT_MS} ms`);
    return 'the failure was told again';
  });
  await daemon.terminate('check-1');
}

async function reportsAgain({ daemon, stage }: Play): Promise<string> {
  const { id, params } = daemon.onlineCall('check-1');
  daemon.answers.onReport = (report) => (report.operationId === id && report.state === 'online' ? null : 'continue');
  await daemon.call('online', params, { id });
  await daemon.finalReport(id);
  daemon.answers.onReport = () => 'continue';
  await daemon.replace();
  const isAgain = (): true | undefined => (stage.witness.finalReports(id) > 1 ? true : undefined);
  const again = await stage.journal.next(isAgain, TOLD_AGAIN_LIMIT_MS);
  expects(again !== null, `no second final report of ${id} within ${TOLD_AGAIN_LIMIT_MS} ms`);
  await daemon.terminate('check-1');
  return 'the final report was told again';
}
