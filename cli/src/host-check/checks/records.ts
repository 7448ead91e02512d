import { lstatSync, renameSync, rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { type FailureRecord, type HostedResource, MAX_FAILURE_RECORD_BYTES } from '@andon/protocol';
import { FAILURE_OPTION, induceFailure, tellsFailure } from '../induced-failure.ts';
import { signal } from '../processes.ts';
import type { Play, Scenario } from '../scenario.ts';
import { expects, Violation } from '../violation.ts';

const NAMES = ['check-1', 'check-2', 'check-3'] as const;
const RECORD_LIMIT_MS = 5_000;
/** Between failures that are to be told one after the other. */
const APART_MS = 150;
/** The second record is due 2 s after the first, the third 4 s after that; a loaded machine is given time. */
const SECOND_RECORD_MS = { earliest: 1_500, latest: 4_000 } as const;
const THIRD_RECORD_MS = { earliest: 3_000, latest: 8_000 } as const;
const AFTER_CLOSE_MS = 400;
const WITHOUT_PIPE_MS = 500;
const FULL_MS = 300;

/** How failures are told by the event handle. */
export const records: Scenario = {
  name: 'failure records',
  checks: [
    {
      rule: 'E-1',
      expected: `records of three failures at once, into a pipe that was full, each whole and of at most ${MAX_FAILURE_RECORD_BYTES} bytes`,
      hint: 'Put the record and its LF into one buffer, cut the reason, and write it by one call; when the pipe is full, write it all again.',
    },
    {
      rule: 'E-2',
      expected: 'the incarnation in every record',
      hint: 'Write params.failureRecord of the online as it came.',
    },
    {
      rule: 'E-3',
      expected: 'no file where the pipe was, when a resource fails after the pipe was taken away',
      hint: 'Open with O_WRONLY alone; the append mode of most languages creates files.',
    },
    {
      rule: 'E-4',
      expected: 'a host that lives on after SIGPIPE',
      hint: 'Ignore SIGPIPE at the start; what it would tell comes as an error of the write.',
    },
    {
      rule: 'E-5',
      expected: 'without a terminate: the record again after 2 s, and again 4 s later',
      hint: 'A daemon that died may have read the record and lost it. Repeat it until terminate or recordDismissed comes.',
    },
    {
      rule: 'E-6',
      expected: 'no repetition of a record that was dismissed',
      hint: 'recordDismissed names the resource and incarnation: stop the timer of that record.',
    },
    {
      rule: 'E-7',
      expected: '`failed: true` in the next hello, of a resource that has failed and was not terminated',
      hint: 'Keep the failure until its terminate, and tell it in each hello.',
    },
    {
      rule: 'E-8',
      expected: `no record of a resource that was closed, for ${AFTER_CLOSE_MS} ms`,
      hint: 'Take the watch off before close is answered.',
    },
    {
      rule: 'E-9',
      expected: '`state: Failed` in the hello after a terminate whose answer nobody heard',
      hint: 'Let terminate make the resource Failed when it arrives, not when it ends.',
    },
  ],
  async play(play) {
    const { daemon, stage } = play;
    await daemon.begin();
    for (const name of NAMES) await daemon.open(name);
    const { contract } = await daemon.online('check-1');
    await play.trial('E-9', () => terminatedByTheDead(play));
    if (contract === 'poll') notApplicable(play, 'a poll contract');
    else if (stage.underCheck.induceFailure === null) notApplicable(play, `without ${FAILURE_OPTION} nothing fails`);
    else await failures(play);
  },
};

function notApplicable(play: Play, reason: string): void {
  for (const { rule } of records.checks) if (rule !== 'E-9') play.notApplicable(rule, reason);
}

async function failures(play: Play): Promise<void> {
  const { daemon } = play;
  for (const name of NAMES) await daemon.online(name);
  await repetitions(play);
  await play.trial('E-7', () => confesses(play));
  await play.trial('E-8', () => keepsQuietWhenClosed(play));
  await daemon.open('check-1');
  await play.trial('E-1', () => burst(play));
  await play.trial('E-2', async () => namesIncarnations(play));
  await play.trial('E-3', () => makesNoFile(play));
  await play.trial('E-4', () => survivesSigpipe(play), { endsHost: true });
}

/** check-1 is left alone with its failure, that of check-2 is dismissed. */
async function repetitions(play: Play): Promise<void> {
  const { daemon, stage } = play;
  for (const name of NAMES) await failed(play, name);
  const dismissed = { resourceId: 'check-2', incarnation: daemon.incarnationOf('check-2') };
  daemon.peer.send('notify', { method: 'recordDismissed', params: { ...dismissed, reason: 'isAlive answered true' } });
  const mark = stage.journal.mark;
  await play.trial('E-5', async () => {
    const second = await again(play, 'check-1', SECOND_RECORD_MS);
    const third = await again(play, 'check-1', THIRD_RECORD_MS);
    return `again after ${second} ms, and ${third} ms later`;
  });
  await play.trial('E-6', async () => {
    const told = stage.journal.since(mark).some((entry) => tellsFailure(entry, 'check-2', dismissed.incarnation));
    expects(!told, `the record of check-2@${dismissed.incarnation} came again after recordDismissed`);
    return 'it did not come again';
  });
}

/** Makes it fail and waits for its word. */
async function failed(play: Play, name: string): Promise<void> {
  const { daemon, stage } = play;
  const mark = stage.journal.mark;
  await induceFailure(play, name);
  const incarnation = daemon.incarnationOf(name);
  const told = await stage.journal.next((entry) => tellsFailure(entry, name, incarnation), RECORD_LIMIT_MS, mark);
  if (told === null) throw new Violation('C-11', `no record of ${name}@${incarnation} within ${RECORD_LIMIT_MS} ms`);
  await wait(APART_MS);
}

/** The time to the next record of that resource, counted from the one before. */
async function again({ daemon, stage }: Play, name: string, { earliest, latest }: typeof SECOND_RECORD_MS | typeof THIRD_RECORD_MS) {
  const incarnation = daemon.incarnationOf(name);
  const records = () => stage.journal.since(0).filter((entry) => tellsFailure(entry, name, incarnation));
  const before = records();
  const beforeMs = before.at(-1)?.atMs ?? 0;
  const limitMs = Math.max(0, beforeMs + latest - performance.now());
  const came = await stage.journal.next((entry) => tellsFailure(entry, name, incarnation) && entry.atMs, limitMs, stage.journal.mark);
  expects(came !== null, `no other record of ${name}@${incarnation} within ${latest} ms of number ${before.length}`);
  const ms = Math.round(came - beforeMs);
  expects(ms >= earliest, `another record of ${name}@${incarnation} ${ms} ms after number ${before.length}`);
  return ms;
}

async function confesses({ daemon }: Play): Promise<string> {
  const { resources } = await daemon.replace();
  const told = of('check-3', resources);
  expects(told?.failed === true, `check-3, which has failed, is told as ${JSON.stringify(told)}`);
  for (const name of NAMES) await daemon.terminate(name);
  return 'check-3 is told with `failed: true`';
}

async function terminatedByTheDead({ daemon }: Play): Promise<string> {
  const { id, params } = daemon.terminateCall('check-1');
  const { text } = daemon.request('terminate', params, { id });
  await daemon.peer.sendPieces(text, text.length);
  const { resources } = await daemon.replace();
  const told = of('check-1', resources);
  expects(told?.state === 'Failed', `check-1, which a daemon terminated before it died, is told as ${told?.state ?? 'nothing at all'}`);
  await daemon.terminate('check-1');
  return 'told as Failed';
}

async function keepsQuietWhenClosed({ daemon, stage }: Play): Promise<string> {
  const { incarnation } = await daemon.online('check-1');
  await daemon.drop('check-1');
  const mark = stage.journal.mark;
  await wait(AFTER_CLOSE_MS);
  const told = stage.journal.since(mark).some((entry) => tellsFailure(entry, 'check-1', incarnation));
  expects(!told, 'a record of check-1 after its close was answered');
  return 'no record';
}

async function burst(play: Play): Promise<string> {
  const { daemon, stage } = play;
  for (const name of NAMES) await daemon.online(name);
  const mark = stage.journal.mark;
  stage.pipe.pause();
  stage.pipe.fill();
  await Promise.all(NAMES.map((name) => induceFailure(play, name)));
  await wait(FULL_MS);
  stage.pipe.resume();
  for (const name of NAMES) {
    const incarnation = daemon.incarnationOf(name);
    const told = await stage.journal.next((entry) => tellsFailure(entry, name, incarnation), RECORD_LIMIT_MS, mark);
    expects(told !== null, `no whole record of ${name}@${incarnation} within ${RECORD_LIMIT_MS} ms`);
  }
  for (const name of NAMES) await daemon.terminate(name);
  const lines = stage.journal.since(0).flatMap((entry) => (entry.kind === 'record' ? [entry] : []));
  const malformed = lines.find(({ record }) => record?.kind === 'malformed');
  expects(malformed === undefined, `a line that is no record: ${malformed?.line ?? ''}`);
  const longest = Math.max(...lines.map(({ line }) => Buffer.byteLength(line, 'latin1')));
  expects(longest <= MAX_FAILURE_RECORD_BYTES, `a record of ${longest} bytes`);
  expects(stage.pipe.pieces.length === 0, `a piece of a record: ${JSON.stringify(stage.pipe.pieces[0])}`);
  return `${lines.length} whole records, of at most ${longest} bytes`;
}

function namesIncarnations({ stage }: Play): string {
  const told = stage.journal.since(0).flatMap((entry): readonly FailureRecord[] => {
    return entry.kind === 'record' && entry.record?.kind === 'record' ? [entry.record] : [];
  });
  const bare = told.find(({ incarnation }) => incarnation === null);
  expects(bare === undefined, `a record of ${bare?.resource ?? ''} without its incarnation`);
  return `in ${told.length} records`;
}

async function makesNoFile(play: Play): Promise<string> {
  const { daemon, stage } = play;
  const { path } = stage.pipe;
  const aside = `${path}.aside`;
  await daemon.online('check-3');
  renameSync(path, aside);
  try {
    await induceFailure(play, 'check-3');
    await wait(WITHOUT_PIPE_MS);
    expects(lstatSync(path, { throwIfNoEntry: false }) === undefined, 'it made a file at the path of its event handle');
  } finally {
    rmSync(path, { force: true });
    renameSync(aside, path);
  }
  await daemon.terminate('check-3');
  return 'there is no file';
}

async function survivesSigpipe({ daemon, stage }: Play): Promise<string> {
  signal(daemon.hello?.pid ?? stage.host.pid, 'SIGPIPE');
  const exit = await stage.host.ended(WITHOUT_PIPE_MS);
  expects(exit === null, 'it ended at a SIGPIPE');
  await daemon.succeed('ping', {});
  return 'it answers a ping after SIGPIPE';
}

function of(name: string, resources: readonly HostedResource[]): HostedResource | undefined {
  return resources.find(({ id }) => id === name);
}
