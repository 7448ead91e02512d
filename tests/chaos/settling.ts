import type { HostStatus, ResourceStatus } from '@andon/protocol';
import { setTimeout as pause } from 'node:timers/promises';
import type { ChaosDaemon } from './daemon.ts';
import type { Incarnations } from './rules/incarnations.ts';
import { judgeProcesses } from './rules/processes.ts';
import type { Violation } from './rules/violation.ts';
import type { World } from './world.ts';

const LOOK_AGAIN_MS = 50;

export type Watched = Pick<World, 'daemon' | 'fleet' | 'ledger'>;

/** How things are once nothing is under way any more, and what came to light on the way there. */
export interface Settled {
  readonly hosts: readonly HostStatus[];
  readonly resources: readonly ResourceStatus[];
  readonly violations: readonly Violation[];
}

/**
 * Waits until what is wanted Online is Online, with its process, and all records are answered. Does what an administrator would do: lets quarantined hosts
 * try again, and asks for what waits for a back-off.
 */
export async function settle(world: Watched, incarnations: Incarnations, limitMs: number): Promise<Settled> {
  const { daemon, fleet, ledger } = world;
  const violations: Violation[] = [];
  for (const until = Date.now() + limitMs; ; await pause(LOOK_AGAIN_MS)) {
    violations.push(...incarnations.take(ledger.read()));
    const { hosts, resources } = await daemon.status();
    const missing = resources.filter(({ wanted, state }) => wanted === 'Online' && state !== 'Online');
    const unanswered = incarnations.unanswered();
    const isQuiet = missing.length === 0 && unanswered.length === 0;
    // A program that has just been killed is told of in a moment.
    const wrong = isQuiet ? judgeProcesses({ daemon, fleet, resources }) : [];
    if (isQuiet && wrong.length === 0) return { hosts, resources, violations: [...violations, ...incarnations.withoutCause()] };
    if (Date.now() > until) {
      const late = [...missing.map(notOnline), ...unanswered.map((record) => notAnswered(record, incarnations)), ...wrong];
      return { hosts, resources, violations: [...violations, ...late] };
    }
    await help(daemon, hosts, missing);
  }
}

async function help(daemon: ChaosDaemon, hosts: readonly HostStatus[], missing: readonly ResourceStatus[]): Promise<void> {
  const waiting = hosts.filter(
    ({ id, state }) => (state === 'quarantined' || state === 'backingOff') && missing.some(({ host }) => host === id),
  );
  for (const { id, state } of waiting) {
    // What has changed since the status is refused, and looked at again.
    if (state === 'quarantined') await daemon.request('hostUnquarantine', { host: id }).catch(() => undefined);
    const names = missing.filter(({ host }) => host === id).map(({ name }) => name);
    await daemon.request('online', { names }).catch(() => undefined);
  }
}

function notOnline(resource: ResourceStatus): Violation {
  const { name, incarnation } = resource;
  return { rule: 'it is wanted Online and does not come online', subject: `${name}@${incarnation}`, detail: JSON.stringify(resource) };
}

function notAnswered({ resource, incarnation }: { resource: string; incarnation: number }, incarnations: Incarnations): Violation {
  const subject = `${resource}@${incarnation}`;
  return { rule: 'a record led neither to terminate nor to isAlive = true', subject, detail: incarnations.linesOf(subject) };
}
