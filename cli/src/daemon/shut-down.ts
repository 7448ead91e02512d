import type { AndonEvent } from '@andon/protocol';
import { AndonError } from '@andon/protocol/errors';
import type { ControlClient } from '../connection/client.ts';
import { errnoOf } from '../failure.ts';
import { printable } from '../terminal/output.ts';
import { progressLine } from '../terminal/progress.ts';
import { asText } from '../connection/wire.ts';

/** From the end of the connection to the end of the process; only exit handlers run then. */
const GONE_LIMIT_MS = 10_000;
const PROBE_EVERY_MS = 20;
/** The daemon bounds every offline by itself; this only keeps a lost answer from lasting for ever. */
const SHUTDOWN_LIMIT_MS = 0x7fff_ffff;

/** `restart`: whoever runs the daemon as a service is to start the next one. */
export interface Ending {
  readonly leaveResources: boolean;
  readonly restart: boolean;
}

/** What had not reached Offline when the daemon was gone. */
export interface Remaining {
  readonly name: string;
  readonly state: string;
  readonly note: string;
}

/** Asks the daemon to end, watches how, and returns once its process is gone. */
export async function shutDown(
  client: ControlClient,
  { leaveResources, restart }: Ending,
): Promise<{ readonly pid: number; readonly remaining: readonly Remaining[] }> {
  const { pid } = await client.request('ping', {});
  const left = new Map<string, Remaining>();
  const progress = progressLine();
  try {
    const accept = (event: AndonEvent): void => {
      track(left, event);
      progress.show(left.size > 0 ? `taking offline: ${[...left.keys()].join(', ')}` : 'ending');
    };
    await client.follow({ onEvent: accept, onGap: () => {} });
    if (!leaveResources) {
      const { resources } = await client.request('status', {});
      for (const { name, state } of resources) if (isUp(state)) left.set(name, { name, state, note: '' });
    }
    await ignoringTheEnd(client.request('shutdown', { leaveResources, restart }, SHUTDOWN_LIMIT_MS));
    await client.ended;
    await gone(pid);
  } finally {
    progress.clear();
    client.close();
  }
  return { pid, remaining: leaveResources ? [] : [...left.values()] };
}

function isUp(state: string): boolean {
  return state !== 'Offline' && state !== 'Failed';
}

function track(left: Map<string, Remaining>, event: AndonEvent): void {
  const name = event.resource;
  const known = name === null ? undefined : left.get(name);
  if (name === null || !known) return;
  if (event.kind === 'offline' || event.kind === 'failed') left.delete(name);
  else if (event.kind === 'offlinePending') left.set(name, { ...known, state: 'OfflinePending' });
  else if (event.kind === 'callFailed') left.set(name, { ...known, note: `: ${printable(asText(event['message'], ''))}` });
}

/** A daemon that ends before its answer is out has done what was asked. */
async function ignoringTheEnd(answer: Promise<unknown>): Promise<void> {
  try {
    await answer;
  } catch (error) {
    if (!(error instanceof AndonError && error.code === 'noAnswer')) throw error;
  }
}

async function gone(pid: number): Promise<void> {
  const untilMs = Date.now() + GONE_LIMIT_MS;
  while (isAlive(pid)) {
    if (Date.now() > untilMs) {
      const reason = `pid ${pid} has closed its connections and still runs after ${GONE_LIMIT_MS / 1000} s`;
      throw new AndonError('directoryTrouble', {
        path: `/proc/${pid}`,
        reason,
        variable: 'ANDON_RUNTIME_DIR',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Another user's process: it is there.
    return errnoOf(error) === 'EPERM';
  }
}
