import { AndonError } from '@andon/protocol';
import { publicState } from '../../core/life-cycle/phases.ts';
import type { ManagedResource } from '../monitor/managed-resource.ts';
import type { Context } from './context.ts';

/** How long an answer waits for a removal that needs a call to the host. */
const CLOSE_WAIT_MS = 5_000;

/** Nothing of it runs, so it may go without being taken offline. */
export function isAtRest({ instance: { phase } }: ManagedResource): boolean {
  return phase === 'closed' || phase === 'offline' || phase === 'failed' || phase === 'restartDelay';
}

/** The store has forgotten it, so what is changed of it now would be lost. */
export function refuseLeaving({ name, instance, isLeaving }: ManagedResource, request: string): void {
  if (!isLeaving) return;
  const hint = `It is being removed; wait until it is gone: andon status ${name}`;
  throw new AndonError('wrongState', { name, state: publicState(instance), request, hint });
}

/**
 * Lets a resource go that the store has forgotten: taken offline if need be, closed at its host. Resolves when it is gone, or when its
 * limits are over and it still is not; then it goes later by itself.
 */
export function leave({ monitor, clock, onRemoved }: Context, resource: ManagedResource): Promise<void> {
  const { deadlockTimeoutMs, terminateTimeoutMs } = resource.policy;
  const limitMs = isAtRest(resource) ? CLOSE_WAIT_MS : deadlockTimeoutMs + terminateTimeoutMs + CLOSE_WAIT_MS;
  return new Promise((resolve) => {
    const late = clock.after(limitMs, resolve);
    onRemoved(resource, () => {
      late.cancel();
      resolve();
    });
    resource.isLeaving = true;
    resource.wanted = 'Offline';
    monitor.deliver(resource.name, { kind: 'remove', atMs: clock.monotonicMs() });
  });
}

/** Lets several go, each before what it needs. */
export async function leaveInOrder(context: Context, names: readonly string[]): Promise<void> {
  const { registry } = context;
  const left = new Set(names);
  while (left.size > 0) {
    const free = [...left].filter((name) => ![...registry.dependencies.dependentsOf(name)].some((dependent) => left.has(dependent)));
    // Without a free one there would be a cycle, which no configuration has.
    const wave = free.length > 0 ? free : [...left];
    for (const name of wave) left.delete(name);
    const resources = wave.flatMap((name) => registry.resources.get(name) ?? []);
    await Promise.all(resources.map((resource) => leave(context, resource)));
  }
}
