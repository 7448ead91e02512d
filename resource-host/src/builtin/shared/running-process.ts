import type { ChildProcess } from 'node:child_process';
import { sharedExitWatch } from './exit-watch/exit-watch.ts';
import { isRunning, type ProcessIdentity, signalProcess } from './identity.ts';

/** The main process of an application, ours or adopted. */
export interface RunningProcess {
  readonly identity: ProcessIdentity;
  /** Settles when it has exited, with how: `exited with code 3: no such table`, `killed by SIGKILL`. Never rejects. */
  readonly exited: Promise<string>;
  /** False when it is gone. */
  signal(name: NodeJS.Signals): boolean;
}

/** `said`: what it printed last, which mostly says why it gave up; asked for when it has. */
export function startedProcess(child: ChildProcess, identity: ProcessIdentity, said: () => string): RunningProcess {
  const { promise: exited, resolve } = Promise.withResolvers<string>();
  child.once('exit', (code, signal) => {
    const why = code === 0 || signal !== null ? '' : said();
    resolve(signal === null ? `exited with code ${code}${why && `: ${why}`}` : `killed by ${signal}`);
  });
  // The host may end while it runs.
  child.unref();
  return { identity, exited, signal: (name) => signalProcess(identity, name) };
}

/** How an adopted process exits is told to its parent only. */
export async function adoptedProcess(identity: ProcessIdentity): Promise<RunningProcess> {
  const { promise: exited, resolve } = Promise.withResolvers<string>();
  const watch = await sharedExitWatch();
  watch.watch(identity, () => resolve('exited; how is not known, because another host process had started it'));
  return { identity, exited, signal: (name) => isRunning(identity) && signalProcess(identity, name) };
}
