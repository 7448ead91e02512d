import { AndonError, needed, type WantedState } from '@andon/protocol';
import type { Instance } from '../../core/life-cycle/instance.ts';
import { publicState } from '../../core/life-cycle/phases.ts';
import type { ManagedResource } from '../monitor/managed-resource.ts';
import { type Context, durably, refuseWhileStopping } from './context.ts';

interface Named {
  readonly names?: readonly string[] | undefined;
  readonly group?: string | undefined;
}

interface Onlined extends Named {
  readonly clearHang?: boolean | undefined;
}

/** Sets resources wanted Online, with all they need; says which providers that made wanted too. */
export function online(context: Context, request: Onlined): { names: string[]; alsoWanted: string[] } {
  refuseWhileStopping(context, 'online');
  const asked = resolve(context, request);
  for (const resource of asked) refuseIfUnsuited(context, resource);
  const names = new Set(asked.map(({ name }) => name));
  const all = withProviders(context, asked);
  const changed = want(context, all, 'Online', (name) =>
    names.has(name) ? 'asked by the administrator' : 'needed by a resource that was asked for',
  );
  if (request.clearHang) for (const resource of asked) resource.clearsHang = resource.instance.phase !== 'online';
  for (const resource of all) start(context, resource);
  context.coordinator.settle();
  return { names: [...names], alsoWanted: changed.filter((name) => !names.has(name)) };
}

/** Sets resources wanted Offline. Their dependents go first and stay wanted. */
export function offline(context: Context, request: Named): { names: string[]; dependents: string[] } {
  refuseWhileStopping(context, 'offline');
  const asked = resolve(context, request);
  const names = new Set(asked.map(({ name }) => name));
  const dependents = new Set<string>();
  for (const { name } of asked) {
    for (const dependent of context.registry.dependencies.allDependentsOf(name)) {
      if (!names.has(dependent) && isActive(context.registry.resources.get(dependent)?.instance)) dependents.add(dependent);
    }
  }
  want(context, asked, 'Offline', () => 'asked by the administrator');
  for (const { name, instance } of asked) {
    context.coordinator.changed(name);
    if (instance.phase === 'terminating') context.monitor.deliver(name, { kind: 'goOffline', atMs: context.clock.monotonicMs() });
  }
  context.coordinator.settle();
  return { names: [...names], dependents: [...dependents] };
}

function resolve({ registry }: Context, { names, group }: Named): readonly ManagedResource[] {
  const all = [...(names ?? [])];
  if (group !== undefined) all.push(...registry.resourcesOfGroup(registry.group(group).name));
  return [...new Set(all)].map((name) => registry.resource(name));
}

/** Writes the wanted states that are new, in one go; answers whose was. */
function want(
  context: Context,
  resources: readonly ManagedResource[],
  wanted: WantedState,
  because: (name: string) => string,
): readonly string[] {
  const changing = resources.filter((resource) => resource.wanted !== wanted);
  durably(context, (store) =>
    store.saveWanted(
      changing.map(({ name }) => name),
      wanted,
    ),
  );
  for (const resource of changing) {
    resource.wanted = wanted;
    context.journal.publish('wantedChanged', { wanted, because: because(resource.name) }, { resource: resource.name });
  }
  return changing.map(({ name }) => name);
}

/** The resources and all they need, providers first. */
function withProviders({ registry, coordinator }: Context, asked: readonly ManagedResource[]): readonly ManagedResource[] {
  const ordered: ManagedResource[] = [];
  const seen = new Set<string>();
  const isChosen = (name: string): boolean => coordinator.world.wanted(name) === 'Online';
  const visit = (resource: ManagedResource): void => {
    if (seen.has(resource.name)) return;
    seen.add(resource.name);
    for (const name of needed(registry.dependencies.expressionOf(resource.name), isChosen)) {
      const provider = registry.resources.get(name);
      if (provider) visit(provider);
    }
    ordered.push(resource);
  };
  for (const resource of asked) visit(resource);
  return ordered;
}

/** An administrator's online clears Failed and does not wait: neither for a restart delay nor for a host's back-off. */
function start({ coordinator, monitor, clock }: Context, resource: ManagedResource): void {
  const { name, instance } = resource;
  coordinator.changed(name);
  const atMs = clock.monotonicMs();
  resource.urgent = instance.phase !== 'online';
  switch (instance.phase) {
    case 'failed':
    case 'restartDelay':
      return monitor.deliver(name, coordinator.isClear(name) ? { kind: 'goOnline', atMs, manual: true } : { kind: 'goOffline', atMs });
    case 'closed':
    case 'offline':
      return coordinator.isClear(name) ? monitor.deliver(name, { kind: 'goOnline', atMs, manual: true }) : undefined;
    case 'terminating':
      return monitor.deliver(name, { kind: 'goOnline', atMs, manual: true });
    case 'awaitingHost':
      return instance.trouble === null && instance.next === 'online'
        ? undefined
        : monitor.deliver(name, { kind: 'goOnline', atMs, manual: true });
    case 'online':
    case 'opening':
    case 'onlineCalled':
    case 'onlinePending':
    case 'offlineCalled':
    case 'offlinePending':
    case 'closing':
      return undefined;
  }
}

function refuseIfUnsuited(context: Context, resource: ManagedResource): void {
  const { instance, name } = resource;
  const slot = context.hosts.slots.get(resource.hostId);
  if (slot?.state === 'quarantined' && instance.phase !== 'online') {
    throw new AndonError('hostQuarantined', { host: resource.hostId, deaths: slot.record.deaths });
  }
  const isBusy =
    isGoingOnline(instance) || instance.phase === 'offlineCalled' || instance.phase === 'offlinePending' || instance.phase === 'closing';
  if (isBusy) {
    const state = publicState(instance);
    throw new AndonError('wrongState', { name, state, request: 'online', hint: `Wait for it to settle: andon status ${name}` });
  }
}

function isGoingOnline({ phase, next, trouble }: Instance): boolean {
  if (phase === 'awaitingHost') return next === 'online' && trouble === null;
  return phase === 'opening' || phase === 'onlineCalled' || phase === 'onlinePending';
}

function isActive(instance: Instance | undefined): boolean {
  return instance !== undefined && instance.phase !== 'closed' && instance.phase !== 'offline' && instance.phase !== 'failed';
}
