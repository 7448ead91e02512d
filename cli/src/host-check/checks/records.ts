import { existsSync, lstatSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { ENTRY_POINTS } from '@andon/protocol';
import { induceFailure, nothingIsRepeated, tellsFailure } from '../induced-failure.ts';
import type { Play, Scenario } from '../scenario.ts';
import { expects, Violation } from '../violation.ts';

/** Repeated until it is acknowledged; dismissed; terminated and closed. */
const [REPEATED, DISMISSED, CLOSED] = ['check-1', 'check-2', 'check-3'] as const;
const NAMES = [REPEATED, DISMISSED, CLOSED];
const RECORD_LIMIT_MS = 5_000;
/** The waits of E-5 between a record and the next ones, less and more for the clocks of two programs on a slow machine. */
const REPEATS = [
  { leastMs: 1_500, mostMs: 3_500 },
  { leastMs: 3_000, mostMs: 6_000 },
] as const;
/** For a host to notice that its pipe is full. */
const FULL_MS = 300;
const ROOM_LIMIT_MS = 8_000;
const CREATED_MS = 500;
/** SIGPIPE in the masks of /proc/PID/status. */
const SIGPIPE_BIT = 1n << 12n;

/** How failure records are written, and how often. */
export const records: Scenario = {
  name: 'failure records',
  checks: [
    {
      rule: 'E-5',
      expected: 'a record that nobody answers: again after 2 s, and after 4 s more',
      hint: 'Start a clock with each record; terminate, recordDismissed, offline and close stop it.',
    },
    {
      rule: 'E-6',
      expected: 'no repeat of a record that recordDismissed has answered',
      hint: 'Handle the notification recordDismissed: its incarnation is alive after all.',
    },
    {
      rule: 'E-4',
      expected: 'a host that ignores SIGPIPE, or handles it',
      hint: 'A daemon that ends while a record is written would else end the host: ignore SIGPIPE at the start.',
    },
    {
      rule: 'E-3',
      expected: 'no file where the pipe was, after a failure while it is missing',
      hint: 'Open the pipe for writing without the flag that creates (in a shell: [ -p "$ANDON_EVENT_HANDLE" ] first), or write to descriptor 3.',
    },
  ],
  async play(play) {
    const { daemon } = play;
    await daemon.begin();
    await daemon.open(REPEATED);
    const { contract } = await daemon.online(REPEATED);
    if (contract === 'event') ignoresSigpipe(play);
    else play.notApplicable('E-4', 'a poll contract');
    const reason = nothingIsRepeated(play, contract);
    if (reason !== null) {
      for (const rule of ['E-3', 'E-5', 'E-6']) play.notApplicable(rule, reason);
      return daemon.drop(REPEATED);
    }
    for (const name of [DISMISSED, CLOSED]) {
      await daemon.open(name);
      await daemon.online(name);
    }
    await burst(play);
    await daemon.drop(REPEATED);
    await daemon.drop(DISMISSED);
    await comesWholeThroughAFullPipe(play);
    await play.trial('E-3', () => createsNothing(play));
  },
};

/** Three failures at once, and what becomes of each. */
async function burst(play: Play): Promise<void> {
  const { daemon, stage } = play;
  const mark = stage.journal.mark;
  const incarnations = new Map(NAMES.map((name) => [name, daemon.incarnationOf(name)]));
  await Promise.all(NAMES.map((name) => induceFailure(play, name)));
  const firstMs = new Map<string, number>();
  for (const [name, incarnation] of incarnations) {
    const isIt = (entry: Parameters<typeof tellsFailure>[0]): number | undefined =>
      tellsFailure(entry, name, incarnation) ? entry.atMs : undefined;
    const at = await stage.journal.next(isIt, RECORD_LIMIT_MS, mark);
    if (at === null) throw new Violation('C-11', `no record of ${name}@${incarnation}, one of three that failed at once`);
    firstMs.set(name, at);
  }
  const isDismissed = await dismiss(play);
  const dismissed = stage.journal.mark;
  await daemon.drop(CLOSED);
  await play.trial('E-5', () => repeats(play, mark));
  if (!isDismissed) return play.notApplicable('E-6', 'isAlive tells that what --induce-failure broke is still broken');
  await play.trial('E-6', async () => {
    const again = recordsOf(play, DISMISSED, dismissed).filter((atMs) => atMs > (firstMs.get(DISMISSED) ?? 0) + CREATED_MS);
    expects(again.length === 0, `records of ${DISMISSED} after it was dismissed: ${again.length}`);
    return 'silent since then';
  });
}

/** As the daemon verifies a record: it is dismissed only when isAlive answers true. */
async function dismiss({ daemon }: Play): Promise<boolean> {
  const response = await daemon.alive('isAlive', DISMISSED);
  const alive = response.ok ? ENTRY_POINTS.isAlive.result.safeParse(response.result).data : undefined;
  if (!alive?.alive) return false;
  const params = { resourceId: DISMISSED, incarnation: daemon.incarnationOf(DISMISSED), reason: 'isAlive answered true' };
  daemon.peer.send('notify', { method: 'recordDismissed', params });
  return true;
}

async function repeats(play: Play, mark: number): Promise<string> {
  const waits: number[] = [];
  let [lastMs = 0] = recordsOf(play, REPEATED, mark);
  for (const { leastMs, mostMs } of REPEATS) {
    const isNext = (): number | undefined => recordsOf(play, REPEATED, mark)[waits.length + 1];
    const atMs = isNext() ?? (await play.stage.journal.next(isNext, mostMs + lastMs - performance.now()));
    expects(atMs !== null, `no record again within ${mostMs} ms, after ${waits.length + 1}`);
    waits.push(Math.round(atMs - lastMs));
    expects(atMs - lastMs >= leastMs, `a record again ${Math.round(atMs - lastMs)} ms after the one before`);
    lastMs = atMs;
  }
  return `again after ${waits.join(' and ')} ms`;
}

/** When each record of a resource came. */
function recordsOf({ daemon, stage }: Play, name: string, mark: number): readonly number[] {
  const incarnation = daemon.incarnationOf(name);
  return stage.journal.since(mark).flatMap((entry) => (tellsFailure(entry, name, incarnation) ? [entry.atMs] : []));
}

/** What is torn is seen by who watches all records. */
async function comesWholeThroughAFullPipe(play: Play): Promise<void> {
  const { daemon, stage } = play;
  await daemon.open(CLOSED);
  const { incarnation } = await daemon.online(CLOSED);
  const mark = stage.journal.mark;
  stage.pipe.pause();
  stage.pipe.fill();
  await induceFailure(play, CLOSED);
  await wait(FULL_MS);
  stage.pipe.resume();
  const told = await stage.journal.next((entry) => tellsFailure(entry, CLOSED, incarnation), ROOM_LIMIT_MS, mark);
  if (told === null) throw new Violation('C-11', `no record of ${CLOSED}@${incarnation} after its pipe was full for ${FULL_MS} ms`);
  await daemon.terminate(CLOSED);
}

async function createsNothing(play: Play): Promise<string> {
  const { daemon, stage } = play;
  await daemon.online(CLOSED);
  const { path } = stage.pipe;
  rmSync(path);
  await induceFailure(play, CLOSED);
  await wait(CREATED_MS);
  expects(!existsSync(path) || lstatSync(path).isFIFO(), `a file at ${path}`);
  await daemon.drop(CLOSED);
  return 'nothing was created there';
}

function ignoresSigpipe(play: Play): void {
  const status = statusOf(play.daemon.hello?.pid ?? play.stage.host.pid);
  if (status === null) return play.notApplicable('E-4', 'this system has no /proc to look into');
  const mask = (name: string): bigint => BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? '0'}`);
  if (((mask('SigIgn') | mask('SigCgt')) & SIGPIPE_BIT) !== 0n) play.judge.held('E-4', 'SIGPIPE is ignored or handled');
  else play.judge.broken('E-4', 'SIGPIPE would end the host');
}

function statusOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    return null;
  }
}
