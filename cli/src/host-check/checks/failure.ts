import { execFile } from 'node:child_process';
import { Notify, NOTIFICATIONS } from '@andon/protocol';
import { answerWords } from '../conversation.ts';
import type { Entry } from '../journal.ts';
import type { Online } from '../played-daemon.ts';
import type { Play, Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { expects, Violation } from '../violation.ts';

const RECORD_LIMIT_MS = 5_000;
const ASK_AGAIN_MS = 100;
const COMMAND_LIMIT_MS = 30_000;
const OPTION = '--induce-failure';

/** A resource that fails, and how its host tells. */
export const failure: Scenario = {
  name: 'a failure',
  checks: [
    {
      rule: 'C-11',
      expected: `a failure record within ${RECORD_LIMIT_MS / 1000} s, of two incarnations after one another`,
      hint: `Watch what was started from the moment it runs; ${OPTION} must really make it fail.`,
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
  play.notApplicable('C-17', `without ${OPTION} nothing fails`);
  if (contract === 'poll') play.notApplicable('C-11', 'a poll contract');
  else play.judge.broken('C-11', `an event contract that nobody has seen to work: give ${OPTION}, a command that makes the resource fail`);
}

/** Why no failure record can be seen; null when one can. */
export function nothingIsTold({ induceFailure: command }: Stage['underCheck'], contract: Online['contract']): string | null {
  if (contract === 'poll') return 'a poll contract';
  return command === null ? `without ${OPTION} nothing fails` : null;
}

/** Makes it fail as the option says. */
export async function induceFailure(
  { underCheck, pipe, host }: Stage,
  hostPid: number,
  resource: string,
  incarnation: number,
): Promise<void> {
  const env = {
    ...process.env,
    ANDON_RESOURCE: resource,
    ANDON_FAILURE_RECORD: `${resource}@${incarnation}`,
    ANDON_EVENT_HANDLE: pipe.path,
    ANDON_HOST_PID: String(hostPid || host.pid),
  };
  const problem = await new Promise<string | null>((resolve) => {
    execFile('sh', ['-c', underCheck.induceFailure ?? ''], { env, timeout: COMMAND_LIMIT_MS }, (error, _, stderr) =>
      resolve(error ? `${error.message.split('\n')[0] ?? ''} ${stderr.trim()}`.trim() : null),
    );
  });
  if (problem !== null) throw new Violation(null, `the command of ${OPTION} failed for ${resource}: ${problem}`);
}

/** Whether this entry tells of the failure of that incarnation, by record or by frame. */
export function tellsFailure(entry: Entry, resource: string, incarnation: number): true | undefined {
  if (entry.kind === 'record' && entry.record?.kind === 'record') {
    return entry.record.resource === resource && entry.record.incarnation === incarnation ? true : undefined;
  }
  if (entry.kind !== 'received' || entry.frame.type !== 'notify') return undefined;
  const notify = Notify.safeParse(entry.frame.data);
  const failed = NOTIFICATIONS.failed.safeParse(notify.data?.params);
  const isIt = notify.data?.method === 'failed' && failed.data?.resourceId === resource && failed.data.incarnation === incarnation;
  return isIt ? true : undefined;
}

async function tellsTwice(play: Play, first: Online): Promise<string> {
  const { daemon } = play;
  await tellsOf(play, first.incarnation);
  await daemon.terminate('check-1');
  const { incarnation } = await daemon.online('check-1');
  await tellsOf(play, incarnation);
  return `told of check-1@${first.incarnation} and of check-1@${incarnation}`;
}

async function tellsOf({ daemon, stage }: Play, incarnation: number): Promise<void> {
  const mark = stage.journal.mark;
  await induceFailure(stage, daemon.hello?.pid ?? 0, 'check-1', incarnation);
  const told = await stage.journal.next((entry) => tellsFailure(entry, 'check-1', incarnation), RECORD_LIMIT_MS, mark);
  expects(told !== null, `no record of check-1@${incarnation} within ${RECORD_LIMIT_MS} ms of the command of ${OPTION}`);
}

/** The one that failed for C-11, or one that fails now. */
async function answersAlive(play: Play): Promise<string> {
  const { daemon, stage } = play;
  await daemon.terminate('check-1');
  const { incarnation, contract } = await daemon.online('check-1');
  const mark = stage.journal.mark;
  await induceFailure(stage, daemon.hello?.pid ?? 0, 'check-1', incarnation);
  if (contract === 'event') await stage.journal.next((entry) => tellsFailure(entry, 'check-1', incarnation), RECORD_LIMIT_MS, mark);
  const untilMs = performance.now() + RECORD_LIMIT_MS;
  for (;;) {
    const response = await daemon.alive('isAlive', 'check-1');
    expects(response.ok, `isAlive of a failed resource was answered ${answerWords(response)}`);
    const isAlive = JSON.stringify(response.result).includes('"alive":true');
    if (!isAlive || contract === 'event') return `isAlive was answered ${answerWords(response)}`;
    expects(performance.now() < untilMs, `isAlive answers true for ${RECORD_LIMIT_MS} ms after the command of ${OPTION}`);
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}
