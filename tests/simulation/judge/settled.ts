import type { ControlResult, ResourceStatus } from '@andon/protocol';
import type { Administrator } from '../actors/administrator.ts';
import type { World } from '../engine/world.ts';

type Status = ControlResult<'status'>;

/** After a long calm everything is as it is wanted, and what the daemon says of it is true. */
export function judgeSettled(world: World, administrator: Administrator, status: Status): void {
  const byName = new Map(status.resources.map((resource) => [resource.name, resource]));
  for (const resource of status.resources) {
    judgeWanted(world, administrator, resource);
    const why = excuse(resource, { byName, status, isTriedAgain: administrator.isTriedAgain(resource.name) });
    if (resource.wanted === 'Online' && resource.state !== 'Online' && why === null)
      world.ledger.violated('what is wanted comes online', `${told(resource)}: ${JSON.stringify(resource)}`);
    if (resource.wanted === 'Offline' && resource.state !== 'Offline')
      world.ledger.violated('what is not wanted goes offline', told(resource));
    judgeTruth(world, resource, status);
  }
  judgeHosts(world, status);
}

function judgeWanted(world: World, administrator: Administrator, resource: ResourceStatus): void {
  const expected = administrator.expected(resource.name);
  if (expected !== undefined && expected !== resource.wanted)
    world.ledger.violated('what was granted holds', `${told(resource)}, but ${expected} was granted`);
}

/** Why a wanted resource may be down after all. */
function excuse(
  resource: ResourceStatus,
  { byName, status, isTriedAgain }: { byName: ReadonlyMap<string, ResourceStatus>; status: Status; isTriedAgain: boolean },
): string | null {
  if (resource.waitingFor.some((provider) => byName.get(provider)?.state !== 'Online')) return 'waits for a provider';
  const host = status.hosts.find(({ id }) => id === resource.host);
  if (host?.state === 'quarantined') return 'quarantined';
  // The policy has given it up: DontRestart, or a spent threshold.
  if (resource.state === 'Failed' && resource.phase === 'failed' && !isTriedAgain) return 'failed for good';
  return null;
}

function judgeTruth(world: World, resource: ResourceStatus, status: Status): void {
  const thing = world.machine.things.get(resource.name);
  if (resource.state === 'Online') {
    if (!thing?.isWell || thing.incarnation !== resource.incarnation)
      world.ledger.violated(
        'Online is true',
        `${told(resource)}, but ${thing ? `@${thing.incarnation} well=${thing.isWell}` : 'nothing'} runs`,
      );
  } else if (thing && status.hosts.find(({ id }) => id === resource.host)?.state !== 'quarantined') {
    world.ledger.violated('nothing is left running', `${told(resource)}, but @${thing.incarnation} runs`);
  }
}

function judgeHosts(world: World, status: Status): void {
  const known = new Map(status.hosts.map(({ id, pid }) => [pid, id]));
  for (const process of world.machine.processes.values()) {
    if (!process.name.startsWith('host ') || known.has(process.identity.pid)) continue;
    world.ledger.violated('no process is forgotten', `pid ${process.identity.pid} (${process.name}) lives, and no host has it`);
  }
}

function told({ name, wanted, state, incarnation }: ResourceStatus): string {
  return `${name}@${incarnation} is ${state}, wanted ${wanted}`;
}
