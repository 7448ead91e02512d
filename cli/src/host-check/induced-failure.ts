import { execFile } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { failureRecordOf, Notify, NOTIFICATIONS } from '@andon/protocol';
import type { Entry } from './journal.ts';
import type { Online } from './played-daemon.ts';
import type { Play } from './scenario.ts';
import { Obstacle } from './violation.ts';

export const FAILURE_OPTION = '--induce-failure';
const COMMAND_LIMIT_MS = 30_000;
const PATIENCE_MS = 3_000;
const AGAIN_MS = 50;

/** Why no failure record can be seen; null when one can. */
export function nothingIsTold({ stage }: Play, contract: Online['contract']): string | null {
  if (contract === 'poll') return 'a poll contract';
  return stage.underCheck.induceFailure === null ? `without ${FAILURE_OPTION} nothing fails` : null;
}

/** The same for what only a host can know that tells of its failures itself. */
export function nothingIsRepeated(play: Play, contract: Online['contract']): string | null {
  const writes = (play.stage.underCheck.induceFailure ?? '').includes('ANDON_EVENT_HANDLE');
  return (
    nothingIsTold(play, contract) ?? (writes ? `the command of ${FAILURE_OPTION} writes the record, so the host knows nothing of it` : null)
  );
}

/**
 * Makes the resource fail as the person who runs the kit has said. A command that does not succeed is run again for a while: what it looks for,
 * such as a pid file, may come a moment after the resource is online.
 */
export async function induceFailure({ daemon, stage }: Play, resource: string): Promise<void> {
  const env = {
    ...process.env,
    ANDON_RESOURCE: resource,
    ANDON_FAILURE_RECORD: failureRecordOf(resource, daemon.incarnationOf(resource)),
    ANDON_EVENT_HANDLE: stage.pipe.path,
    ANDON_HOST_PID: String(daemon.hello?.pid ?? stage.host.pid),
  };
  const untilMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const problem = await problemOf(stage.underCheck.induceFailure ?? '', env);
    if (problem === null) return;
    if (performance.now() > untilMs) throw new Obstacle(`the command of ${FAILURE_OPTION} failed for ${resource}: ${problem}`);
    await wait(AGAIN_MS);
  }
}

/** Why the command failed; null when it succeeded. */
function problemOf(command: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  return new Promise((resolve) => {
    execFile('sh', ['-c', command], { env, timeout: COMMAND_LIMIT_MS }, (error, _, stderr) =>
      resolve(error ? `${error.message.split('\n')[0] ?? ''} ${stderr.trim()}`.trim() : null),
    );
  });
}

/** Whether this entry tells of the failure of that incarnation, by record or by frame. */
export function tellsFailure(entry: Entry, resource: string, incarnation: number): true | undefined {
  if (entry.kind === 'record' && entry.record?.kind === 'record') {
    return entry.record.resource === resource && (entry.record.incarnation ?? incarnation) === incarnation ? true : undefined;
  }
  if (entry.kind !== 'received' || entry.frame.type !== 'notify') return undefined;
  const notify = Notify.safeParse(entry.frame.data);
  const failed = NOTIFICATIONS.failed.safeParse(notify.data?.params);
  const isIt = notify.data?.method === 'failed' && failed.data?.resourceId === resource && failed.data.incarnation === incarnation;
  return isIt ? true : undefined;
}
