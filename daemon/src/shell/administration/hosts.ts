import { AndonError, type ControlResult, suggestion } from '@andon/protocol';
import { type Context, refuseWhileStopping } from './context.ts';

/** Lets a quarantined host serve again, at the next online of its resource. */
export function hostUnquarantine(context: Context, { host }: { host: string }): ControlResult<'hostUnquarantine'> {
  refuseWhileStopping(context, 'host unquarantine');
  const slot = context.hosts.slots.get(host);
  if (!slot) throw new AndonError('unknownHost', { name: host, suggestion: suggestion(host, context.hosts.slots.keys()) });
  if (!slot.unquarantine()) throw new AndonError('notQuarantined', { host, state: slot.state });
  return {};
}

/** The log of a host, named by itself or by a resource it serves; and that of the program that a resource may be. */
export function logPath({ registry, hosts, facts }: Context, { name }: { name: string }): ControlResult<'logPath'> {
  const resource = registry.resources.get(name);
  const host = hosts.slots.has(name) ? name : resource?.hostId;
  if (host === undefined) {
    throw new AndonError('unknownResource', { name, suggestion: suggestion(name, [...registry.resources.keys(), ...hosts.slots.keys()]) });
  }
  return { host, path: facts.hostLog(host), application: resource && !hosts.slots.has(name) ? facts.applicationLog(name) : null };
}
