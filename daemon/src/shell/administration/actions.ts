import { AndonError, type ControlResult, type EntryPointResult, MAX_TEXT_LENGTH } from '@andon/protocol';
import { publicState } from '../../core/life-cycle/phases.ts';
import type { Outcome } from '../../core/life-cycle/events.ts';
import type { ManagedResource } from '../monitor/managed-resource.ts';
import { type Context, refuseWhileStopping } from './context.ts';
import { resourceStatus } from './status.ts';

/** The ordinary recovery path, asked for by an administrator (S50). */
export function fail(context: Context, { name, reason }: { name: string; reason: string }): ControlResult<'fail'> {
  refuseWhileStopping(context, 'fail');
  const resource = context.registry.resource(name);
  const state = publicState(resource.instance);
  if (state !== 'Online')
    throw new AndonError('wrongState', { name, state, request: 'fail', hint: 'Only a resource that is Online can fail.' });
  const { incarnation } = resource.instance;
  context.monitor.deliver(name, { kind: 'failAsked', atMs: context.clock.monotonicMs(), reason: reason.slice(0, MAX_TEXT_LENGTH) });
  return { incarnation };
}

/** A control code goes to the host; what the host does not know, the daemon may (S52). */
export async function control(
  context: Context,
  request: { name: string; code: string; input?: unknown },
): Promise<ControlResult<'control'>> {
  refuseWhileStopping(context, 'control');
  const resource = context.registry.resource(request.name);
  const outcome = resource.instance.opened ? await callHost(context, resource, request) : null;
  if (outcome?.kind === 'completed') {
    const { output } = outcome.result;
    return output === undefined ? { handledBy: 'host' } : { output, handledBy: 'host' };
  }
  const isUnsupported = outcome === null || (outcome.kind === 'refused' && outcome.error.code === 'notSupported');
  const handled = isUnsupported ? defaultHandling(context, resource, request.code) : undefined;
  if (handled !== undefined) return { output: handled, handledBy: 'daemon' };
  if (outcome === null) throw new AndonError('notOpen', { name: request.name });
  const { code, message } = outcome.kind === 'refused' ? outcome.error : { code: 'malformed', message: outcome.why };
  throw new AndonError('hostRefusedCall', {
    name: request.name,
    call: `control code "${request.code}"`,
    code,
    reason: message || 'no reason given',
  });
}

function callHost(
  context: Context,
  resource: ManagedResource,
  request: { code: string; input?: unknown },
): Promise<Outcome<EntryPointResult<'resourceControl'>>> {
  const slot = context.monitor.slotOf(resource);
  const { code, input } = request;
  const id = slot.connection.nextCallId(`${resource.name}/resourceControl`);
  return new Promise<Outcome<EntryPointResult<'resourceControl'>>>((resolve) => {
    // A terminate that overtakes it cancels it.
    resource.callsInFlight.add(id);
    slot.connection.calls.send({
      id,
      resource: resource.name,
      method: 'resourceControl',
      params: input === undefined ? { resourceId: resource.name, code } : { resourceId: resource.name, code, input },
      limitMs: resource.policy.deadlockTimeoutMs,
      answered: resolve,
      lost: (why) => resolve({ kind: 'refused', error: { code: 'unavailable', message: why, retryable: true } }),
    });
  }).finally(() => resource.callsInFlight.delete(id));
}

/** What the daemon answers to control codes that a host does not support. */
function defaultHandling(context: Context, resource: ManagedResource, code: string) {
  const { definition } = resource;
  switch (code) {
    case 'getState':
      return { state: publicState(resource.instance), incarnation: resource.instance.incarnation };
    case 'getPrivateProperties':
      return definition.set;
    case 'getCommonProperties':
      return JSON.parse(JSON.stringify(definition.properties));
    case 'getStatus':
      return JSON.parse(JSON.stringify(resourceStatus(context, resource)));
    default:
      return undefined;
  }
}
