import { setTimeout as wait } from 'node:timers/promises';
import { HOST_REQUESTS, Request, type StatusReport } from '@andon/protocol';
import type { Online } from '../played-daemon.ts';
import type { Play, Scenario } from '../scenario.ts';
import { expects } from '../violation.ts';

const SHORTEST_DEADLINE_MS = 1_000;
/** For a host that goes on although it was told to stop. */
const SILENCE_MS = 500;
/** A report that was under way when the answer came is no going on. */
const CROSSING_MS = 100;

/** Operations that end by a status report. */
export const pending: Scenario = {
  name: 'pending operations',
  checks: [
    {
      rule: 'P-1',
      expected: 'the answer `pending` before the first report of the operation',
      hint: 'Write the answer first, then begin to report.',
    },
    {
      rule: 'P-2',
      expected: 'exactly one last report, of the state online, offline or failed',
      hint: 'Every way out of the operation leads to one report: its success, its error, its cancel.',
    },
    {
      rule: 'P-3',
      expected: 'checkpoints that never shrink',
      hint: 'Count the steps of one operation, from its beginning.',
    },
    {
      rule: 'P-4',
      expected: `after a report was answered \`terminate\`: no report of progress or success, for ${SILENCE_MS} ms`,
      hint: 'Stop working on that operation; the terminate call cleans up.',
    },
    {
      rule: 'P-5',
      expected: 'a larger checkpoint, or the end, within deadlineMs of the request and of the report before',
      hint: 'Report progress several times within the deadlineMs of the request.',
    },
    {
      rule: 'P-6',
      expected: 'a report of `online` with the event handle, if the instance runs under an event contract',
      hint: 'Put into the report what the answer to online would have held.',
    },
  ],
  async play(play) {
    const { daemon } = play;
    await daemon.begin();
    await daemon.open('check-1');
    const online = await daemon.online('check-1');
    const offline = await daemon.offline('check-1');
    settleWatched(play, [...(online.pended ? ['online'] : []), ...(offline.pended ? ['offline'] : [])]);
    if (online.pended) {
      await play.trial('P-5', () => progresses(play, online));
      await play.trial('P-6', () => namesItsHandle(play));
      await stopsWhenTold(play);
    } else for (const rule of ['P-4', 'P-5', 'P-6']) play.notApplicable(rule, 'online does not pend');
    await daemon.drop('check-1');
  },
};

/** Rules that the witness looks after in every report of every scenario. */
function settleWatched(play: Play, pended: readonly string[]): void {
  for (const rule of ['P-1', 'P-2', 'P-3']) {
    if (pended.length === 0) play.notApplicable(rule, 'neither online nor offline pends');
    else play.judge.held(rule, `pended: ${pended.join(' and ')}`);
  }
}

async function progresses({ daemon, stage }: Play, { tookMs }: Online): Promise<string> {
  const deadlineMs = Math.max(SHORTEST_DEADLINE_MS, Math.round(tookMs / 2));
  const mark = stage.journal.mark;
  const { incarnation } = await daemon.online('check-1', { deadlineMs });
  let [lastMs = 0] = stage.journal.since(mark).map(({ atMs }) => atMs);
  let checkpoint = -1;
  for (const { report, atMs } of reportsSince(stage, mark)) {
    if (report.checkpoint <= checkpoint && isProgress(report)) continue;
    expects(atMs - lastMs <= deadlineMs, `${Math.round(atMs - lastMs)} ms without a larger checkpoint, with a deadlineMs of ${deadlineMs}`);
    checkpoint = report.checkpoint;
    lastMs = atMs;
  }
  await daemon.terminate('check-1', incarnation);
  return `never silent for ${deadlineMs} ms`;
}

async function namesItsHandle({ daemon }: Play): Promise<string> {
  const { contract } = await daemon.online('check-1');
  if (contract === 'event') {
    await daemon.terminate('check-1');
    return 'the handle is named';
  }
  const { resources } = await daemon.replace();
  const told = resources.find(({ id }) => id === 'check-1')?.contract;
  await daemon.terminate('check-1');
  expects(told !== 'event', 'a report without a handle, for an instance that its hello tells to have an event contract');
  return 'a poll contract';
}

async function stopsWhenTold(play: Play): Promise<void> {
  const { daemon, stage } = play;
  const { id, params } = daemon.onlineCall('check-1');
  const mark = stage.journal.mark;
  daemon.answers.onReport = (report) => (report.operationId === id && isProgress(report) ? 'terminate' : 'continue');
  daemon.peer.sendText(daemon.request('online', params, { id, deadlineMs: SHORTEST_DEADLINE_MS }).text);
  const first = await daemon.peer.frame((frame) => (frame.type === 'request' ? true : undefined), SHORTEST_DEADLINE_MS * 5, mark);
  await wait(SILENCE_MS);
  daemon.answers.onReport = () => 'continue';
  const reports = reportsSince(stage, mark);
  if (first === null || !reports.some(({ report }) => isProgress(report))) play.notApplicable('P-4', 'no report came before the last one');
  else {
    await play.trial('P-4', async () => {
      // That it gave up may be told; it is the end that P-2 asks for.
      const toldMs = (reports[0]?.atMs ?? 0) + CROSSING_MS;
      const further = reports.find(({ report, atMs }) => atMs > toldMs && report.state !== 'failed')?.report;
      expects(further === undefined, `another report: state ${further?.state ?? ''}, checkpoint ${further?.checkpoint ?? ''}`);
      return 'it gave up and waited for terminate';
    });
  }
  await daemon.terminate('check-1');
}

function reportsSince({ journal }: Play['stage'], mark: number): readonly { readonly report: StatusReport; readonly atMs: number }[] {
  return journal.since(mark).flatMap((entry) => {
    if (entry.kind !== 'received' || entry.frame.type !== 'request') return [];
    const request = Request.safeParse(entry.frame.data);
    const report = HOST_REQUESTS.statusReport.params.safeParse(request.data?.params);
    return request.data?.method === 'statusReport' && report.success ? [{ report: report.data, atMs: entry.atMs }] : [];
  });
}

function isProgress({ state }: StatusReport): boolean {
  return state === 'onlinePending' || state === 'offlinePending';
}
