import type { ResourceStatus, StatusDocument } from '@andon/protocol';
import { EXIT } from '@andon/protocol/errors';

export type Wanted = 'Online' | 'Offline';
/** `null`: it may still change by itself, so wait. Else the exit code of this resource, and why in words. */
export type Verdict = { readonly exit: number; readonly reason: string } | null;

/**
 * Whether a resource has come to rest, seen by someone who waits until `untilMs` (`null`: as long as it takes). A restart
 * that is due within the wait is worth waiting for; the retry after RetryPeriodOnFailure is so only with a wait that long.
 */
export function judge(resource: ResourceStatus, wanted: Wanted, all: readonly ResourceStatus[], untilMs: number | null): Verdict {
  if (resource.settled && resource.state === wanted) return { exit: EXIT.done, reason: '' };
  if (wanted === 'Online' && resource.hostTrouble !== null) return { exit: EXIT.hostTrouble, reason: resource.hostTrouble };
  const stuck = stuckProviders(resource, all, untilMs);
  if (stuck.length > 0) return { exit: EXIT.notReached, reason: `it is waiting for ${stuck.join(', ')}` };
  if (!isAtRest(resource, untilMs) || resource.waitingFor.length > 0) return null;
  return { exit: EXIT.notReached, reason: whyNot(resource) };
}

/** Says nothing more by itself before the wait is over. */
function isAtRest(resource: ResourceStatus, untilMs: number | null): boolean {
  if (!resource.settled) return false;
  if (resource.nextAttemptAt === null) return true;
  if (untilMs !== null) return Date.parse(resource.nextAttemptAt) > untilMs;
  return resource.phase === 'failed';
}

/** What it waits for, if none of that will come: with `[a] or [b]` one that is still on its way is enough to go on waiting. */
function stuckProviders(resource: ResourceStatus, all: readonly ResourceStatus[], untilMs: number | null): readonly string[] {
  const providers = resource.waitingFor.map((name) => all.find((other) => other.name === name));
  const stuck = providers.filter((provider) => provider !== undefined && willNotCome(provider, all, untilMs, new Set([resource.name])));
  if (stuck.length < providers.length) return [];
  return stuck.flatMap((provider) => (provider ? [`${provider.name}, which is ${provider.state}`] : []));
}

function willNotCome(provider: ResourceStatus, all: readonly ResourceStatus[], untilMs: number | null, seen: ReadonlySet<string>): boolean {
  if (provider.state === 'Online' || seen.has(provider.name)) return false;
  if (provider.waitingFor.length === 0) return isAtRest(provider, untilMs);
  const further = new Set([...seen, provider.name]);
  return provider.waitingFor.every((name) => {
    const next = all.find((other) => other.name === name);
    return next !== undefined && willNotCome(next, all, untilMs, further);
  });
}

/** Names that must be asked for besides `names` before anything can be judged. */
export function missingProviders(document: StatusDocument): readonly string[] {
  const known = new Set(document.resources.map(({ name }) => name));
  return [...new Set(document.resources.flatMap(({ waitingFor }) => waitingFor))].filter((name) => !known.has(name));
}

export function whyNot(resource: ResourceStatus): string {
  if (resource.hostTrouble !== null) return resource.hostTrouble;
  if (resource.waitingFor.length > 0) return `it is waiting for ${resource.waitingFor.join(', ')}`;
  if (resource.state === 'Failed' && resource.lastFailure) return resource.lastFailure.reason;
  if (resource.settled) return `its wanted state is ${resource.wanted}`;
  return resource.statusText === '' ? 'it is still on its way' : resource.statusText;
}
