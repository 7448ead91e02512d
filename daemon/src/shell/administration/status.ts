import type { HostStatus, ResourceStatus, StatusDocument } from '@andon/protocol';
import { isSettled } from '../../core/settled.ts';
import { missingProviders } from '../../core/dependencies/coordination.ts';
import { publicState } from '../../core/life-cycle/phases.ts';
import type { HostSlot } from '../hosts/host-slot.ts';
import type { ManagedResource } from '../monitor/managed-resource.ts';
import type { Context } from './context.ts';
import { groupList } from './groups.ts';

export function status(context: Context, { names }: { names?: readonly string[] | undefined }): StatusDocument {
  const { facts, journal, registry, store } = context;
  const resources = names
    ? names.map((name) => registry.resource(name))
    : [...registry.resources.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    daemon: {
      version: facts.version,
      pid: facts.pid,
      epoch: store.epoch,
      startedAt: new Date(facts.startedAtWallMs).toISOString(),
      scope: facts.scope,
      runtimeDir: facts.runtimeDir,
      stateDir: facts.stateDir,
      serviceManager: facts.serviceManager,
      seq: journal.seq,
      trouble: journal.trouble === null ? null : `the store cannot be written: ${journal.trouble}`,
      configurationTrouble: context.configuring.trouble,
    },
    hosts: hostStatuses(context),
    groups: groupList(context).groups,
    resources: resources.map((resource) => resourceStatus(context, resource)),
  };
}

export function hostStatuses(context: Context): HostStatus[] {
  const counts = new Map<string, number>();
  const types = new Map<string, Set<string>>();
  for (const { hostId, definition } of context.registry.resources.values()) {
    counts.set(hostId, (counts.get(hostId) ?? 0) + 1);
    types.set(hostId, (types.get(hostId) ?? new Set()).add(definition.type));
  }
  return [...context.hosts.slots.values()].map((slot) =>
    hostStatus(context, slot, [...(types.get(slot.hostId) ?? [])], counts.get(slot.hostId) ?? 0),
  );
}

function hostStatus(context: Context, slot: HostSlot, types: string[], resources: number): HostStatus {
  const { received, unknown, stale, duplicate, malformed, unterminated, floods } = slot.pipes.counts();
  return {
    id: slot.hostId,
    pid: slot.pid,
    state: slot.state,
    types,
    user: slot.plan.user,
    startedAt: slot.startedAtWallMs === null ? null : new Date(slot.startedAtWallMs).toISOString(),
    deaths: slot.record.deaths,
    resources,
    nextStartAt: at(context, slot.record.nextStartAtMs),
    trouble: slot.trouble,
    records: { received, unknown, stale, duplicate, malformed, unterminated, floods },
  };
}

export function resourceStatus(context: Context, resource: ManagedResource): ResourceStatus {
  const { instance, definition, memory } = resource;
  const slot = context.hosts.slots.get(resource.hostId);
  const { lastFailure } = instance;
  const waitingFor = waits(context, resource);
  return {
    name: resource.name,
    type: definition.type,
    group: definition.group,
    state: publicState(instance),
    wanted: resource.wanted,
    contract: instance.phase === 'online' ? (instance.contract?.kind ?? null) : null,
    incarnation: instance.incarnation,
    host: resource.hostId,
    restarts: instance.restarts,
    statusText: waitingFor.length > 0 ? `waiting for provider ${waitingFor.join(', ')}` : instance.text || memory.statusText,
    lastFailure: lastFailure && { at: at(context, lastFailure.atMs) ?? '', reason: lastFailure.reason, source: lastFailure.source },
    phase: instance.phase,
    nextAttemptAt: at(context, instance.nextAttemptAtMs),
    settled: isSettledNow(context, resource, new Set()),
    hostTrouble: instance.trouble,
    waitingFor: [...waitingFor],
    dependsOn: definition.dependsOn,
    polls: instance.phase === 'online' && instance.polls ? instance.polls : null,
    data1: memory.data1,
    data2: memory.data2,
    monitorProcessId: instance.opened ? (slot?.pid ?? null) : null,
  };
}

function waits({ coordinator }: Context, resource: ManagedResource): readonly string[] {
  const { phase } = resource.instance;
  if (resource.wanted === 'Offline' || (phase !== 'closed' && phase !== 'offline')) return [];
  return missingProviders(resource.name, coordinator.world);
}

/** One that is wanted Online and at rest is settled only when none of those it waits for can still change by itself. */
function isSettledNow(context: Context, resource: ManagedResource, seen: Set<string>): boolean {
  if (seen.has(resource.name)) return true;
  seen.add(resource.name);
  if (!isSettled(resource.instance)) return false;
  const { phase } = resource.instance;
  if (resource.wanted === 'Offline') return phase === 'closed' || phase === 'offline' || phase === 'failed';
  if (phase !== 'closed' && phase !== 'offline') return true;
  const waitingFor = waits(context, resource);
  if (waitingFor.length === 0) return false;
  return waitingFor.every((name) => {
    const provider = context.registry.resources.get(name);
    return !provider || isSettledNow(context, provider, seen);
  });
}

function at({ journal }: Context, monotonicMs: number | null): string | null {
  return monotonicMs === null ? null : new Date(monotonicMs + journal.wallOffsetMs).toISOString();
}
