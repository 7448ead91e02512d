import { setTimeout as wait } from 'node:timers/promises';
import { commandLineOf, descriptorsOn, environmentOf, type LivingProcess, lives, SEES_PROCESSES } from '../processes.ts';
import type { Play, Scenario } from '../scenario.ts';
import { expects } from '../violation.ts';

const EVENT_FD = 3;
const EMPTY_LINES = 100;
/** For a second reader to take what is not its own, and for a host to start what it should not. */
const TEMPTATION_MS = 300;
const NO_PROC = 'this system has no /proc to look into';
const STARTED_NOTHING = 'the resource runs in no process that the kit could see';

/** What a host does with what it was given: the token and descriptor 3. */
export const environment: Scenario = {
  name: 'the environment',
  checks: [
    {
      rule: 'V-1',
      expected: 'no ANDON_TOKEN in the environment of what the host starts',
      hint: 'Remove ANDON_TOKEN from the environment of the host itself as soon as it is read; then nothing can inherit it.',
    },
    {
      rule: 'V-2',
      expected: `${EMPTY_LINES} empty lines that are written into the pipe come out at the daemon's end`,
      hint: 'Descriptor 3 is open for reading only so that the pipe lives as long as the host; never read from it.',
    },
    {
      rule: 'V-3',
      expected: 'descriptor 3 of the host is the pipe, also while a resource is online',
      hint: 'Close descriptors from 4 on only; a runtime that closes what it does not know has to be told.',
    },
    {
      rule: 'V-4',
      expected: 'no process that the host starts has the pipe open',
      hint: 'Set FD_CLOEXEC on descriptor 3 at the start, or in a shell start programs with 3>&-. Programs can write records by the path.',
    },
    {
      rule: 'C-8',
      expected: 'open without `recover` starts no process',
      hint: 'open only remembers the resource and its properties; starting is for online.',
    },
  ],
  async play(play) {
    const { daemon } = play;
    await daemon.begin();
    await startsNothing(play);
    const { processes } = await daemon.online('check-1');
    await tokenStaysHere(play, processes);
    await play.trial('V-2', () => nobodyElseReads(play));
    await pipeStaysOpen(play);
    await pipeStaysHere(play, processes);
    await daemon.drop('check-1');
  },
};

async function startsNothing(play: Play): Promise<void> {
  const { daemon } = play;
  const before = new Set(daemon.started.map(({ pid }) => pid));
  await daemon.open('check-1');
  if (!SEES_PROCESSES) return play.notApplicable('C-8', NO_PROC);
  await play.trial('C-8', async () => {
    const started = daemon.started.filter(({ pid }) => !before.has(pid));
    // Helpers of a host that is a script come and go.
    await wait(TEMPTATION_MS);
    const left = started.filter(lives);
    expects(left.length === 0, `open started ${left.map(nameOf).join(', ')}`);
    return 'no new process';
  });
}

async function tokenStaysHere(play: Play, processes: readonly LivingProcess[]): Promise<void> {
  if (processes.length === 0) return play.notApplicable('V-1', SEES_PROCESSES ? STARTED_NOTHING : NO_PROC);
  await play.trial('V-1', async () => {
    const own = commandLineOf(hostPid(play));
    // A fork of the host that runs no other program shows the environment of the host, whatever the host removed since.
    const others = processes.filter(({ pid }) => commandLineOf(pid) !== own);
    const holder = others.find(({ pid }) => environmentOf(pid).includes(play.stage.token));
    expects(holder === undefined, `the token in the environment of ${holder ? nameOf(holder) : ''}`);
    return `not in ${others.map(nameOf).join(', ') || 'any process'}`;
  });
}

async function nobodyElseReads({ stage: { pipe } }: Play): Promise<string> {
  pipe.pause();
  const before = pipe.emptyLines;
  pipe.writeEmptyLines(EMPTY_LINES);
  await wait(TEMPTATION_MS);
  pipe.resume();
  const came = pipe.emptyLines - before;
  expects(came === EMPTY_LINES, `${came} of ${EMPTY_LINES} lines; the others were read by somebody else`);
  return `all ${EMPTY_LINES} lines`;
}

async function pipeStaysOpen(play: Play): Promise<void> {
  if (!SEES_PROCESSES) return play.notApplicable('V-3', NO_PROC);
  await play.trial('V-3', async () => {
    const pid = hostPid(play);
    const descriptors = descriptorsOn(pid, play.stage.pipe.path);
    expects(descriptors.includes(EVENT_FD), `in the host process ${pid} the pipe is open as: ${descriptors.join(', ') || 'nothing'}`);
    return `open in process ${pid}`;
  });
}

async function pipeStaysHere(play: Play, processes: readonly LivingProcess[]): Promise<void> {
  if (processes.length === 0) return play.notApplicable('V-4', SEES_PROCESSES ? STARTED_NOTHING : NO_PROC);
  await play.trial('V-4', async () => {
    const holder = processes.find(({ pid }) => descriptorsOn(pid, play.stage.pipe.path).length > 0);
    expects(holder === undefined, `the pipe is open in ${holder ? nameOf(holder) : ''}`);
    return `not open in ${processes.map(nameOf).join(', ')}`;
  });
}

function hostPid({ daemon, stage }: Play): number {
  return daemon.hello?.pid ?? stage.host.pid;
}

function nameOf({ pid }: LivingProcess): string {
  return `process ${pid} (${commandLineOf(pid).slice(0, 60)})`;
}
