import { setTimeout as wait } from 'node:timers/promises';
import { AliveResult } from '@andon/protocol';
import { answerWords } from '../conversation.ts';
import { FAILURE_OPTION, induceFailure, tellsFailure } from '../induced-failure.ts';
import type { Online } from '../played-daemon.ts';
import type { Play, Scenario } from '../scenario.ts';
import { expects } from '../violation.ts';

const RECORD_LIMIT_MS = 5_000;
const ASK_AGAIN_MS = 100;

/** A resource that fails, and how its host tells. */
export const failure: Scenario = {
  name: 'a failure',
  checks: [
    {
      rule: 'C-11',
      expected: `a failure record within ${RECORD_LIMIT_MS / 1000} s, of two incarnations after one another`,
      hint: `Watch what was started from the moment it runs; ${FAILURE_OPTION} must really make it fail.`,
      after: ['V-2'],
    },
    {
      rule: 'C-17',
      expected: 'an answer `alive` to isAlive after a failure, and no error',
      hint: 'An error says that the host could not find out; what has failed is `{"alive":false,"reason":…}`.',
    },
  ],
  async play(play) {
    const { daemon, stage } = play;
    await daemon.begin();
    await daemon.open('check-1');
    const online = await daemon.online('check-1');
    if (stage.underCheck.induceFailure === null) withoutFailure(play, online);
    else {
      if (online.contract === 'event') await play.trial('C-11', () => tellsTwice(play, online));
      else play.notApplicable('C-11', 'a poll contract');
      await play.trial('C-17', () => answersAlive(play));
    }
    await daemon.drop('check-1');
  },
};

function withoutFailure(play: Play, { contract }: Online): void {
  play.notApplicable('C-17', `without ${FAILURE_OPTION} nothing fails`);
  if (contract === 'poll') play.notApplicable('C-11', 'a poll contract');
  else
    play.judge.broken(
      'C-11',
      `an event contract that nobody has seen to work: give ${FAILURE_OPTION}, a command that makes the resource fail`,
    );
}

async function tellsTwice(play: Play, first: Online): Promise<string> {
  const { daemon } = play;
  await tellsOf(play, first.incarnation);
  await daemon.terminate('check-1');
  const { incarnation } = await daemon.online('check-1');
  await tellsOf(play, incarnation);
  return `told of check-1@${first.incarnation} and of check-1@${incarnation}`;
}

async function tellsOf(play: Play, incarnation: number): Promise<void> {
  const { journal } = play.stage;
  const mark = journal.mark;
  await induceFailure(play, 'check-1');
  const told = await journal.next((entry) => tellsFailure(entry, 'check-1', incarnation), RECORD_LIMIT_MS, mark);
  expects(told !== null, `no record of check-1@${incarnation} within ${RECORD_LIMIT_MS} ms of the command of ${FAILURE_OPTION}`);
}

/** The one that failed for C-11, or one that fails now. */
async function answersAlive(play: Play): Promise<string> {
  const { daemon, stage } = play;
  await daemon.terminate('check-1');
  const { incarnation, contract } = await daemon.online('check-1');
  const mark = stage.journal.mark;
  await induceFailure(play, 'check-1');
  if (contract === 'event') await stage.journal.next((entry) => tellsFailure(entry, 'check-1', incarnation), RECORD_LIMIT_MS, mark);
  const untilMs = performance.now() + RECORD_LIMIT_MS;
  for (;;) {
    const response = await daemon.alive('isAlive', 'check-1');
    expects(response.ok, `isAlive of a failed resource was answered ${answerWords(response)}`);
    if (!AliveResult.safeParse(response.result).data?.alive || contract === 'event') return `isAlive was answered ${answerWords(response)}`;
    expects(performance.now() < untilMs, `isAlive answers true for ${RECORD_LIMIT_MS} ms after the command of ${FAILURE_OPTION}`);
    await wait(ASK_AGAIN_MS);
  }
}
