import type { ProcessIdentity } from '../identity.ts';
import { PidfdExitWatch } from './pidfd.ts';
import { TimerExitWatch } from './timer.ts';

/** Tells of the exit of processes that are not our children. */
export interface ExitWatch {
  /** Calls back once when the process has exited, at once if it has already. Answers how to stop watching. */
  watch(identity: ProcessIdentity, onExit: () => void): () => void;
}

let shared: Promise<ExitWatch> | undefined;

/** One for the whole process, started when the first process needs it. */
export function sharedExitWatch(): Promise<ExitWatch> {
  shared ??= PidfdExitWatch.start().catch((error: unknown) => {
    process.stderr.write(`no pidfd watch here (${String(error)}); looking once a second instead\n`);
    return new TimerExitWatch();
  });
  return shared;
}
