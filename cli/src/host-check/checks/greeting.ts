import { setTimeout as wait } from 'node:timers/promises';
import { livingProcess, SEES_PROCESSES } from '../processes.ts';
import type { Play, Scenario } from '../scenario.ts';
import { expects } from '../violation.ts';

const BEFORE_WELCOME_MS = 250;
const EXIT_LIMIT_MS = 5_000;

/** What a host says before anything is asked of it, and without a daemon. */
export const greeting: Scenario = {
  name: 'the greeting',
  checks: [
    {
      rule: 'H-1',
      expected: 'a connection, and a hello of the form of chapter 4 as its first frame, within 5 s',
      hint: 'Connect a stream to ANDON_SOCKET and write the hello at once, before any work.',
    },
    {
      rule: 'H-2',
      expected: 'token and hostId as the environment has them',
      hint: 'Copy ANDON_TOKEN and ANDON_HOST_ID into the hello unchanged.',
    },
    {
      rule: 'H-5',
      expected: 'silence from the hello to the welcome, but for `resources` notifications',
      hint: 'Keep log notifications, reports and requests back until the welcome is there.',
    },
    {
      rule: 'V-5',
      expected: 'without ANDON_SOCKET: a word on standard error that andond starts it, and an exit code other than 0',
      hint: 'Look for ANDON_SOCKET first. Who starts the host by hand wants to know what it is for.',
    },
  ],
  async play(play) {
    await play.stage.startHost();
    const hello = await play.daemon.meet();
    await play.trial('H-1', async () => {
      expects(!SEES_PROCESSES || livingProcess(hello.pid) !== null, `a hello of pid ${hello.pid}, which is no process`);
      return 'a hello';
    });
    await play.trial('H-2', async () => {
      const { ANDON_TOKEN: token, ANDON_HOST_ID: hostId } = play.stage.environment;
      expects(hello.token === token, `the token "${hello.token}" instead of "${token}"`);
      expects(hello.hostId === hostId, `the hostId "${hello.hostId}" instead of "${hostId}"`);
    });
    await play.trial('H-5', async () => {
      // The witness sees whatever comes in this time.
      await wait(BEFORE_WELCOME_MS);
      expects(!play.judge.isBroken('H-5'), 'frames before the welcome');
      return `nothing for ${BEFORE_WELCOME_MS} ms`;
    });
    play.daemon.welcome();
    await play.daemon.startup();
    await withoutDaemon(play);
  },
};

async function withoutDaemon(play: Play): Promise<void> {
  await play.trial('V-5', async () => {
    const host = await play.stage.startHost({});
    const exit = await host.ended(EXIT_LIMIT_MS);
    expects(exit !== null, `still running after ${EXIT_LIMIT_MS} ms`);
    expects(exit.code !== 0, 'exit code 0');
    expects(/andon/i.test(host.stderr), host.stderr === '' ? 'nothing on standard error' : `on standard error: ${host.stderrTail()}`);
    return `exit code ${exit.code ?? exit.signal}; ${host.stderrTail().split('\n')[0] ?? ''}`;
  });
}
