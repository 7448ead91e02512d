import { commandLineOf, lives, SEES_PROCESSES, signal } from '../processes.ts';
import type { Play, Scenario } from '../scenario.ts';
import { expects } from '../violation.ts';

/** A host that dies, and the next one, which finds what the first has left. */
export const recovery: Scenario = {
  name: 'recovery',
  checks: [
    {
      rule: 'C-9',
      expected: 'after a kill -9 of the host: `running` as the answer to open with `recover`, if a process of the resource still runs',
      hint: 'Look for it as the online of the resource would recognise it: a pid file, a lock, or its environment in /proc.',
    },
    {
      rule: 'C-10',
      expected: 'after that: an online that adopts what runs or stops it first, so that there is one copy',
      hint: 'What open found belongs to the resource: take it over, or end it before you start another.',
    },
  ],
  async play(play) {
    const { daemon, stage } = play;
    await daemon.begin();
    await daemon.open('check-1');
    const { processes } = await daemon.online('check-1');
    await stage.host.crash(daemon.hello?.pid ?? stage.host.pid);
    // As the daemon does with what is in the process group of a host that died.
    signal(-stage.host.pid, 'SIGKILL');
    const survivors = processes.filter(lives);
    if (survivors.length === 0) return nothingToFind(play, processes.length);
    await daemon.begin();
    const found = await daemon.open('check-1', true);
    await play.trial('C-9', async () => {
      expects(found === 'running', `open answered "${found}" while process ${survivors.map(({ pid }) => pid).join(', ')} runs`);
      return `found: process ${survivors.map(({ pid }) => pid).join(', ')}`;
    });
    await play.trial('C-10', async () => {
      const { processes: started } = await daemon.online('check-1');
      const copies = [...survivors, ...started].filter(lives);
      const isDoubled = survivors.some(lives) && started.some(lives);
      expects(!isDoubled, `two copies: ${copies.map(({ pid }) => `process ${pid} (${commandLineOf(pid)})`).join(', ')}`);
      return started.length === 0 ? 'adopted' : 'stopped and started anew';
    });
    await daemon.drop('check-1');
  },
};

function nothingToFind(play: Play, count: number): void {
  const noProcess = SEES_PROCESSES ? 'the resource runs in no process that the kit could see' : 'this system has no /proc to look into';
  const reason = count > 0 ? 'what it started ended with the host' : noProcess;
  for (const rule of ['C-9', 'C-10']) play.notApplicable(rule, reason);
}
