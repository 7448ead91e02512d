import { EpollExitWatch } from './exit-watch-epoll.ts';
import type { ProcessIdentity } from '../shared/identity.ts';
import { TimerExitWatch } from './exit-watch-timer.ts';

/** Tells of the exit of processes that are not our children. */
export interface ExitWatch {
  /** Calls back once when the process has exited, at once if it has already. */
  watch(identity: ProcessIdentity, onExit: () => void): void;
}

let shared: Promise<ExitWatch> | undefined;

/** One for the whole process, started when the first adopted application needs it. */
export function sharedExitWatch(): Promise<ExitWatch> {
  shared ??= EpollExitWatch.start().catch((error: unknown) => {
    process.stderr.write(`no pidfd watch here (${String(error)}); looking once a second instead\n`);
    return new TimerExitWatch();
  });
  return shared;
}
