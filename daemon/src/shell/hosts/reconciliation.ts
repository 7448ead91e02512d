import type { HostedResource } from '@andon/protocol';
import { operationId, ResourceName } from '@andon/protocol';
import type { Host, HostOwner } from './host-owner.ts';

/** Holds what a host says in its hello against what the daemon knows: what both know, what only one of them knows. */
export function reconcile(slot: Host, told: readonly HostedResource[], owner: HostOwner, atMs: number): void {
  const reports = new Map<string, HostedResource>(told.map((report) => [report.id, report]));
  for (const name of owner.resourcesOf(slot.hostId)) {
    const report = reports.get(name);
    reports.delete(name);
    if (report) owner.deliver(name, { kind: 'hosted', atMs, report });
    // One that is at rest is not touched by this; one whose open got lost with its connection would wait for ever without it.
    else owner.deliver(name, { kind: 'hostLost', atMs, blamed: false, reason: 'the host knows nothing of it', source: 'adoption' });
  }
  for (const report of reports.values()) dismissStranger(slot, report);
}

/** Something the daemon has no record of: ended and closed, so that nothing runs unwatched. */
function dismissStranger(slot: Host, report: HostedResource): void {
  const resourceId = ResourceName.parse(report.id);
  const close = (): void =>
    slot.connection.calls.send({
      id: slot.connection.nextCallId('close'),
      resource: report.id,
      method: 'close',
      params: { resourceId },
      limitMs: 30_000,
      answered: () => undefined,
    });
  if (report.incarnation === 0 || report.state === 'Offline') return close();
  slot.connection.calls.send({
    id: operationId(report.id, report.incarnation, 'terminate'),
    resource: report.id,
    method: 'terminate',
    params: { resourceId, incarnation: report.incarnation, cause: 'adoption', reason: 'the daemon has no such resource' },
    limitMs: 30_000,
    answered: close,
  });
}
