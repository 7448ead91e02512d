import { setTimeout as wait } from 'node:timers/promises';
import type { Response } from '@andon/protocol';
import { answerWords } from '../conversation.ts';
import { commandLineOf, isStopped, type LivingProcess, lives, SEES_PROCESSES, signal } from '../processes.ts';
import type { Play, Scenario } from '../scenario.ts';
import { expects } from '../violation.ts';

const NEWER = 5;
const OLDER = 4;
/** For something that was terminated and acts all the same. */
const STOPPING_MS = 5;
const AFTERLIFE_MS = 300;

/** Refusals, and what terminate means. */
export const calls: Scenario = {
  name: 'calls and refusals',
  checks: [
    {
      rule: 'C-2',
      expected: 'the error notSupported for methods that no protocol has',
      hint: 'Look the method up among those that you know, and answer notSupported for every other word.',
    },
    {
      rule: 'C-3',
      expected: 'unknownResource for calls of a resource that was never opened; terminate and close of it succeed',
      hint: 'What is not here is terminated and closed already; everything else cannot be done.',
      after: ['C-2'],
    },
    {
      rule: 'C-4',
      expected: `staleIncarnation for every call of incarnation ${OLDER} while ${NEWER} is online, and ${NEWER} untouched`,
      hint: 'Compare params.incarnation with the one of the last online before anything else.',
    },
    {
      rule: 'C-13',
      expected: 'at the answer to terminate nothing of the incarnation runs or speaks',
      hint: 'Wait for the end of what you killed, with all that it started, and answer then.',
    },
    {
      rule: 'C-14',
      expected: 'success for terminate after offline, after terminate, and before the first online',
      hint: 'Nothing to clean up is clean.',
    },
    {
      rule: 'C-16',
      expected: 'terminate answered within its deadlineMs, also when the resource does not react (it is stopped by SIGSTOP)',
      hint: 'terminate does not ask: end the resource by force, and answer with an error rather than not at all.',
    },
    {
      rule: 'C-18',
      expected: 'messages that name what they are about',
      hint: 'Say what failed, with its name and values, why, and what to do: the administrator reads it.',
    },
  ],
  async play(play) {
    const { daemon } = play;
    const refusals: Refusal[] = [];
    await daemon.begin();
    await play.trial('C-2', () => unknownMethods(play, refusals));
    await play.trial('C-3', () => unknownResource(play, refusals));
    await daemon.open('check-1');
    await play.trial('C-14', () => nothingToCleanUp(play));
    await play.trial('C-4', () => olderIncarnation(play, refusals));
    await daemon.terminate('check-1', NEWER);
    await play.trial('C-13', () => leavesNothing(play));
    await play.trial('C-16', () => doesNotWait(play));
    if (refusals.length === 0) play.notApplicable('C-18', 'it answered no error');
    else await play.trial('C-18', async () => saysWhat(refusals));
    await daemon.drop('check-1');
  },
};

/** An error that the host answered, and a word that its message should hold. */
interface Refusal {
  readonly response: Response;
  readonly about: string;
}

async function unknownMethods({ daemon }: Play, refusals: Refusal[]): Promise<string> {
  const methods = ['defragment', 'constructor', '__proto__', 'Open'];
  for (const method of methods) {
    const response = await daemon.call(method, { resourceId: 'check-1' });
    expects(codeOf(response) === 'notSupported', `${method} was answered ${answerWords(response)}`);
    refusals.push({ response, about: method });
  }
  return `notSupported for ${methods.join(', ')}`;
}

async function unknownResource({ daemon }: Play, refusals: Refusal[]): Promise<string> {
  const resourceId = 'check-never-opened';
  const { params: online } = daemon.onlineCall(resourceId, 1);
  const instance = { resourceId, incarnation: 1 };
  const refused: readonly (readonly [string, object])[] = [
    ['online', online],
    ['offline', { ...instance, cause: 'administrator' }],
    ['looksAlive', instance],
    ['isAlive', instance],
    ['resourceControl', { resourceId, code: 'anything' }],
  ];
  for (const [method, params] of refused) {
    const response = await daemon.call(method, params);
    // A host without control codes need not know the method at all.
    const isRefused = codeOf(response) === 'unknownResource' || (method === 'resourceControl' && codeOf(response) === 'notSupported');
    expects(isRefused, `${method} was answered ${answerWords(response)}`);
    if (codeOf(response) === 'unknownResource') refusals.push({ response, about: resourceId });
  }
  const terminated = await daemon.call('terminate', daemon.terminateCall(resourceId, 1).params);
  expects(terminated.ok, `terminate was answered ${answerWords(terminated)}`);
  const closed = await daemon.call('close', { resourceId });
  expects(closed.ok, `close was answered ${answerWords(closed)}`);
  return 'five calls refused; terminate and close succeed';
}

async function nothingToCleanUp({ daemon }: Play): Promise<string> {
  await daemon.terminate('check-1', 1);
  const { incarnation } = await daemon.online('check-1', { incarnation: 2 });
  await daemon.offline('check-1');
  await daemon.terminate('check-1', incarnation);
  await daemon.terminate('check-1', incarnation + 1);
  return 'success each time';
}

async function olderIncarnation({ daemon }: Play, refusals: Refusal[]): Promise<string> {
  const { roots } = await daemon.online('check-1', { incarnation: NEWER });
  const instance = { resourceId: 'check-1', incarnation: OLDER };
  const { params: online } = daemon.onlineCall('check-1', OLDER);
  const older: readonly (readonly [string, object])[] = [
    ['isAlive', instance],
    ['looksAlive', instance],
    ['offline', { ...instance, cause: 'administrator' }],
    ['terminate', { ...instance, cause: 'administrator', reason: 'an old one' }],
    ['online', online],
  ];
  for (const [method, params] of older) {
    const response = await daemon.call(method, params);
    expects(codeOf(response) === 'staleIncarnation', `${method} of incarnation ${OLDER} was answered ${answerWords(response)}`);
    refusals.push({ response, about: 'check-1' });
  }
  const gone = roots.find((process) => !lives(process));
  expects(gone === undefined, `process ${gone?.pid ?? ''} of incarnation ${NEWER} is gone`);
  const response = await daemon.alive('isAlive', 'check-1', NEWER);
  expects(response.ok, `isAlive of incarnation ${NEWER} was answered ${answerWords(response)}`);
  return `staleIncarnation for ${older.map(([method]) => method).join(', ')}`;
}

async function leavesNothing({ daemon, stage }: Play): Promise<string> {
  const { incarnation, processes } = await daemon.online('check-1', { incarnation: NEWER + 1 });
  await daemon.terminate('check-1');
  const left = processes.find(lives);
  expects(left === undefined, left ? `process ${left.pid} (${commandLineOf(left.pid)}) runs when terminate is answered` : '');
  const mark = stage.journal.mark;
  await wait(AFTERLIFE_MS);
  const spoken = stage.journal
    .since(mark)
    .find((entry) => entry.kind === 'record' && entry.record?.kind === 'record' && entry.record.incarnation === incarnation);
  expects(spoken === undefined, `a failure record of check-1@${incarnation} after its terminate was answered`);
  return processes.length === 0 ? 'no word of it; it ran in no process that the kit could see' : `gone: ${pids(processes)}`;
}

async function doesNotWait({ daemon }: Play): Promise<string> {
  const { processes } = await daemon.online('check-1');
  for (const { pid } of processes) signal(pid, 'SIGSTOP');
  // A SIGTERM that overtakes the stop would end it.
  while (processes.some((process) => lives(process) && !isStopped(process.pid))) await wait(STOPPING_MS);
  const startedAt = performance.now();
  await daemon.terminate('check-1');
  const ms = Math.round(performance.now() - startedAt);
  const left = processes.find(lives);
  expects(left === undefined, `process ${left?.pid ?? ''}, which is stopped by SIGSTOP, is still there when terminate is answered`);
  return processes.length === 0 ? `answered after ${ms} ms` : `answered after ${ms} ms, with ${pids(processes)} stopped before`;
}

function saysWhat(refusals: readonly Refusal[]): string {
  for (const { response, about } of refusals) {
    const { code, message } = response.ok ? { code: '', message: '' } : response.error;
    expects(message !== '' && message !== code, `the error ${code} has the message "${message}"`);
    expects(message.includes(about), `the message "${message}" of ${code} does not name ${about}`);
  }
  return `${refusals.length} messages name what they are about`;
}

function codeOf(response: Response): string {
  return response.ok ? '' : response.error.code;
}

function pids(processes: readonly LivingProcess[]): string {
  return SEES_PROCESSES ? processes.map(({ pid }) => `process ${pid}`).join(', ') : '';
}
