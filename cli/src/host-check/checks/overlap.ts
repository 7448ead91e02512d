import { setTimeout as wait } from 'node:timers/promises';
import { operationId, type Response } from '@andon/protocol';
import { answerWords } from '../conversation.ts';
import { lives } from '../processes.ts';
import type { Online } from '../played-daemon.ts';
import { frameText } from '../peer.ts';
import type { Play, Scenario } from '../scenario.ts';
import { expects } from '../violation.ts';

/** What takes longer can be seen to be overtaken. */
const LONG_MS = 350;
const HEAD_START_MS = 50;
/** The part of a long online after which a terminate or a cancel has waited for its end. */
const OVERTAKEN = 0.75;
const OPERATION_LIMIT_MS = 30_000;

/** terminate and cancel while a call runs. */
export const overlap: Scenario = {
  name: 'terminate and cancel',
  checks: [
    {
      rule: 'C-5',
      expected: 'terminate accepted right behind online, offline, looksAlive, isAlive and a control; both are answered',
      hint: 'Take terminate out of the queue of its resource; what it overtakes is answered all the same.',
    },
    {
      rule: 'C-15',
      expected: 'after a terminate during online: the online answered with success or `cancelled`, and nothing running',
      hint: 'Tell the running online to stop, wait for it, and clean up after it once more.',
    },
    {
      rule: 'F-7',
      expected: 'a terminate that comes during a long online answered before that online would have ended',
      hint: 'Read in one thread or task and work in another.',
    },
    {
      rule: 'X-1',
      expected: 'cancelled calls answered, with `cancelled` or with the result that won',
      hint: 'A cancel is a wish; the answer is owed whatever becomes of the call.',
    },
    {
      rule: 'X-2',
      expected: 'a cancelled long online ends sooner than one that is not cancelled',
      hint: 'Hand the cancel to the entry point that runs, as a signal or a flag that it looks at.',
    },
  ],
  async play(play) {
    const { daemon } = play;
    await daemon.begin();
    await daemon.open('check-1');
    const usual = await daemon.online('check-1');
    await daemon.terminate('check-1');
    const accepted = await play.trial('C-5', () => terminateDuringCalls(play));
    if (!accepted) {
      for (const rule of ['C-15', 'F-7']) play.judge.notReached(rule, 'C-5 broke before', 'C-5');
    } else {
      await play.trial('C-15', () => terminateDuringOnline(play));
      await overtakesLongOnline(play, usual);
    }
    await play.trial('X-1', () => cancelledCalls(play));
    await cancelsLongOnline(play, usual);
    await daemon.drop('check-1');
  },
};

/** Both in one write, so that the call has no time to end by itself. */
async function withTerminate(
  { daemon, stage }: Play,
  method: string,
  params: object,
  id?: string,
): Promise<{ call: Response; terminate: Response }> {
  const incarnation = daemon.incarnationOf('check-1');
  const first = daemon.request(method, params, id === undefined ? {} : { id });
  const call = daemon.terminateCall('check-1', incarnation);
  const second = daemon.request('terminate', call.params, { id: call.id });
  const cancel = frameText('notify', { method: 'cancel', params: { id: first.id, reason: 'terminate overtakes it' } });
  const mark = stage.journal.mark;
  daemon.peer.sendText(first.text + second.text + cancel);
  const terminate = await daemon.answer(second.id, `terminate behind ${method}`, {}, mark);
  return { terminate, call: await daemon.answer(first.id, `${method}, which terminate overtook`, {}, mark) };
}

async function terminateDuringCalls(play: Play): Promise<string> {
  const { daemon } = play;
  const resourceId = 'check-1';
  const methods = ['online', 'offline', 'looksAlive', 'isAlive', 'resourceControl'];
  for (const method of methods) {
    if (method !== 'online') await daemon.online(resourceId);
    const next = method === 'online' ? daemon.onlineCall(resourceId) : null;
    const incarnation = daemon.incarnationOf(resourceId);
    const params = next?.params ?? { resourceId, incarnation, cause: 'administrator', code: 'anything' };
    const id = next?.id ?? (method === 'offline' ? `${resourceId}@${incarnation}/offline` : undefined);
    const { terminate } = await withTerminate(play, method, params, id);
    expects(terminate.ok, `terminate behind ${method} was answered ${answerWords(terminate)}`);
  }
  return `accepted behind ${methods.join(', ')}`;
}

async function terminateDuringOnline(play: Play): Promise<string> {
  const { daemon } = play;
  const before = new Set(daemon.started.map(({ pid }) => pid));
  const { id, params } = daemon.onlineCall('check-1');
  const { call } = await withTerminate(play, 'online', params, id);
  expects(call.ok || call.error.code === 'cancelled', `the online was answered ${answerWords(call)}`);
  const left = daemon.started.filter((process) => !before.has(process.pid) && lives(process));
  expects(left.length === 0, `process ${left.map(({ pid }) => pid).join(', ')} of it runs on`);
  return `online was answered ${answerWords(call)}`;
}

async function overtakesLongOnline(play: Play, { tookMs }: Online): Promise<void> {
  if (tookMs < LONG_MS) return play.notApplicable('F-7', `an online of ${Math.round(tookMs)} ms is too short to be overtaken`);
  await play.trial('F-7', async () => {
    const { daemon, stage } = play;
    const online = daemon.onlineCall('check-1');
    // It is the terminate that has to end the online, not the answer to a report.
    daemon.answers.onReport = () => null;
    const mark = stage.journal.mark;
    const startedAt = performance.now();
    const first = daemon.request('online', online.params, { id: online.id });
    daemon.peer.sendText(first.text);
    await wait(HEAD_START_MS);
    const params = { resourceId: 'check-1', incarnation: online.incarnation, cause: 'administrator', reason: 'the kit wants it to end' };
    const second = daemon.request('terminate', params, { id: operationId('check-1', online.incarnation, 'terminate') });
    daemon.peer.sendText(second.text);
    await daemon.answer(second.id, 'terminate during online', { limitMs: OPERATION_LIMIT_MS }, mark);
    const answeredMs = Math.round(performance.now() - startedAt);
    daemon.answers.onReport = () => 'continue';
    await daemon.answer(first.id, 'the online that terminate overtook', {}, mark);
    expects(
      answeredMs < tookMs * OVERTAKEN,
      `terminate answered ${answeredMs} ms after the online began, which takes ${Math.round(tookMs)} ms`,
    );
    return `answered after ${answeredMs} of ${Math.round(tookMs)} ms`;
  });
}

async function cancelledCalls({ daemon, stage }: Play): Promise<string> {
  const { incarnation } = await daemon.online('check-1');
  const resourceId = 'check-1';
  const calls: readonly (readonly [string, object])[] = [
    ['isAlive', { resourceId, incarnation }],
    ['looksAlive', { resourceId, incarnation }],
    ['resourceControl', { resourceId, code: 'anything' }],
  ];
  for (const [method, params] of calls) {
    const { id, text } = daemon.request(method, params);
    const mark = stage.journal.mark;
    daemon.peer.sendText(text + frameText('notify', { method: 'cancel', params: { id, reason: 'nobody waits' } }));
    await daemon.answer(id, `${method}, which was cancelled`, {}, mark);
  }
  await daemon.terminate(resourceId);
  return `answered: ${calls.map(([method]) => method).join(', ')}`;
}

async function cancelsLongOnline(play: Play, { tookMs }: Online): Promise<void> {
  if (tookMs < LONG_MS) return play.notApplicable('X-2', `an online of ${Math.round(tookMs)} ms is too short to be cancelled`);
  await play.trial('X-2', async () => {
    const { daemon, stage } = play;
    const { id, params } = daemon.onlineCall('check-1');
    const mark = stage.journal.mark;
    const startedAt = performance.now();
    daemon.peer.sendText(daemon.request('online', params, { id }).text);
    await wait(HEAD_START_MS);
    daemon.peer.send('notify', { method: 'cancel', params: { id, reason: 'nobody waits' } });
    await daemon.answer(id, 'an online that was cancelled', { limitMs: OPERATION_LIMIT_MS }, mark);
    if (stage.witness.isPended(id)) await daemon.finalReport(id);
    const endedMs = Math.round(performance.now() - startedAt);
    await daemon.terminate('check-1');
    expects(endedMs < tookMs * OVERTAKEN, `it ended after ${endedMs} ms, as if nobody had cancelled it (${Math.round(tookMs)} ms)`);
    return `ended after ${endedMs} of ${Math.round(tookMs)} ms`;
  });
}
