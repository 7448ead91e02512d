import type { HostedResource } from '@andon/protocol';
import { operationId, ResourceName } from '@andon/protocol';
import type { HostCall } from './call-table.ts';
import type { Host, HostOwner } from './host-owner.ts';

/** Time for each of the two calls that end what nobody knows, ms. */
const LIMIT_MS = 30_000;

/**
 * Holds what a host says in its hello against what the daemon knows: what both know, what only one of them knows. Resolves
 * when what only the host knows is ended; never when the host is lost meanwhile, because the next hello tells of it again.
 */
export async function reconcile(slot: Host, told: readonly HostedResource[], owner: HostOwner, atMs: number): Promise<void> {
  const reports = new Map<string, HostedResource>(told.map((report) => [report.id, report]));
  for (const name of owner.resourcesOf(slot.hostId)) {
    if (owner.isNew(name)) continue;
    const report = reports.get(name);
    reports.delete(name);
    if (report) owner.deliver(name, { kind: 'hosted', atMs, report });
    // One that is at rest is not touched by this; one whose open got lost with its connection would wait for ever without it.
    else owner.deliver(name, { kind: 'hostLost', atMs, blamed: false, reason: 'the host knows nothing of it', source: 'adoption' });
  }
  await Promise.all([...reports.values()].map((report) => dismissStranger(slot, report, owner)));
}

/**
 * Something the daemon has no record of: ended and closed, so that nothing runs unwatched. Both calls are in line before a
 * resource that was added under the same name can be opened here.
 */
function dismissStranger(slot: Host, report: HostedResource, owner: HostOwner): Promise<void> {
  const { id, incarnation } = report;
  const resourceId = ResourceName.parse(id);
  const send = (call: Pick<HostCall, 'id' | 'method' | 'params' | 'answered'>): void =>
    slot.connection.calls.send({ resource: id, limitMs: LIMIT_MS, ...call });
  owner.beginAbove(id, incarnation);
  if (incarnation > 0 && report.state !== 'Offline') {
    const params = { resourceId, incarnation, cause: 'adoption', reason: 'the daemon has no such resource' };
    send({ id: operationId(id, incarnation, 'terminate'), method: 'terminate', params, answered: () => undefined });
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  send({ id: slot.connection.nextCallId('close'), method: 'close', params: { resourceId }, answered: () => resolve() });
  return promise;
}
