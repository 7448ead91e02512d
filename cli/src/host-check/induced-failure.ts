import { execFile } from 'node:child_process';
import { failureRecordOf, Notify, NOTIFICATIONS } from '@andon/protocol';
import type { Entry } from './journal.ts';
import type { Play } from './scenario.ts';
import { Violation } from './violation.ts';

export const FAILURE_OPTION = '--induce-failure';
const COMMAND_LIMIT_MS = 30_000;

/** Makes the resource fail as the person who runs the kit has said. */
export async function induceFailure({ daemon, stage }: Play, resource: string): Promise<void> {
  const env = {
    ...process.env,
    ANDON_RESOURCE: resource,
    ANDON_FAILURE_RECORD: failureRecordOf(resource, daemon.incarnationOf(resource)),
    ANDON_EVENT_HANDLE: stage.pipe.path,
    ANDON_HOST_PID: String(daemon.hello?.pid ?? stage.host.pid),
  };
  const problem = await new Promise<string | null>((resolve) => {
    execFile('sh', ['-c', stage.underCheck.induceFailure ?? ''], { env, timeout: COMMAND_LIMIT_MS }, (error, _, stderr) =>
      resolve(error ? `${error.message.split('\n')[0] ?? ''} ${stderr.trim()}`.trim() : null),
    );
  });
  if (problem !== null) throw new Violation(null, `the command of ${FAILURE_OPTION} failed for ${resource}: ${problem}`);
}

/** Whether this entry tells of the failure of that incarnation, by record or by frame. */
export function tellsFailure(entry: Entry, resource: string, incarnation: number): true | undefined {
  if (entry.kind === 'record' && entry.record?.kind === 'record') {
    // A record without an incarnation breaks E-2, and is a word all the same.
    return entry.record.resource === resource && (entry.record.incarnation ?? incarnation) === incarnation ? true : undefined;
  }
  if (entry.kind !== 'received' || entry.frame.type !== 'notify') return undefined;
  const notify = Notify.safeParse(entry.frame.data);
  const failed = NOTIFICATIONS.failed.safeParse(notify.data?.params);
  const isIt = notify.data?.method === 'failed' && failed.data?.resourceId === resource && failed.data.incarnation === incarnation;
  return isIt ? true : undefined;
}
