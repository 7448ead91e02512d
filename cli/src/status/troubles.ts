import type { HostStatus, ResourceStatus, StatusDocument } from '@andon/protocol';
import { printable } from '../terminal/output.ts';
import { saidBy, span } from '../terminal/words.ts';

export type Condition = 'online' | 'failed' | 'waiting' | 'moving' | 'unknown' | 'offline';

/** What needs a person: what it is, what is known of it, and what to type next. */
export interface Attention {
  readonly condition: Condition;
  readonly subject: string;
  readonly what: string;
  readonly facts: readonly string[];
  readonly next: string;
}

const MOST_NAMES = 4;
/** How far a chain of waiting is told before it becomes a riddle. */
const LONGEST_CHAIN = 4;

const HOST_STATE: Readonly<Record<string, string>> = {
  backingOff: 'gone, a pause before its next start',
  disconnected: 'its connection is broken, its process lives',
};

export function conditionOf(resource: ResourceStatus): Condition {
  if (resource.state === 'Failed' || resource.hostTrouble !== null) return 'failed';
  if (resource.waitingFor.length > 0) return 'waiting';
  if (resource.state === 'Unknown') return 'unknown';
  if (resource.state === 'Online') return 'online';
  return resource.state === 'Offline' ? 'offline' : 'moving';
}

export function isTroubled(resource: ResourceStatus): boolean {
  const condition = conditionOf(resource);
  return condition === 'failed' || condition === 'waiting' || condition === 'unknown';
}

export function isHostTroubled(host: HostStatus): boolean {
  return host.trouble !== null || host.state === 'quarantined' || host.state === 'backingOff' || host.state === 'disconnected';
}

/** "10 online, 1 failed, 1 waiting", the worst first. */
export function countsOf(resources: readonly ResourceStatus[]): string {
  const words = { failed: 'failed', waiting: 'waiting', unknown: 'unknown', moving: 'on the way', online: 'online', offline: 'offline' };
  const counts = new Map<Condition, number>();
  for (const resource of resources) counts.set(conditionOf(resource), (counts.get(conditionOf(resource)) ?? 0) + 1);
  const order: readonly Condition[] = ['failed', 'waiting', 'unknown', 'moving', 'online', 'offline'];
  return order.flatMap((condition) => (counts.has(condition) ? `${counts.get(condition)} ${words[condition]}` : [])).join(', ');
}

/** Why it is in trouble, a line each; nothing when it is not. `byName` has what it may wait for. */
export function reasonsOf(resource: ResourceStatus, byName: ReadonlyMap<string, ResourceStatus>, nowMs: number): readonly string[] {
  const condition = conditionOf(resource);
  if (condition === 'waiting') return [`waits for ${waitWords(resource, byName, LONGEST_CHAIN)}`];
  if (condition === 'unknown') return ['the daemon has not heard of it since its own start: its host has not answered yet'];
  if (condition !== 'failed') return [];
  return [failureWords(resource), nextAttempt(resource, nowMs)].filter((line) => line !== '');
}

/** Ordered by urgency; a resource that only waits for another one in this list is named there. */
export function attentionOf(document: StatusDocument, nowMs: number): readonly Attention[] {
  const byName = new Map(document.resources.map((resource) => [resource.name, resource]));
  const hosts = new Map(document.hosts.filter(isHostTroubled).map((host) => [host.id, host]));
  const failed = document.resources.filter((resource) => conditionOf(resource) === 'failed');
  const own = failed.filter((resource) => !hosts.has(resource.host) || !isOfHost(resource));
  const waiting = document.resources.filter((resource) => conditionOf(resource) === 'waiting');
  const dependents = waitersByCause(waiting, byName);
  // What waits for a failed one is named there, and what waits for one that is on its way needs nobody.
  const isExplained = (cause: ResourceStatus): boolean => conditionOf(cause) === 'failed' || conditionOf(cause) === 'moving';
  const unexplained = waiting.filter((resource) => !causesOf(resource, byName).some(isExplained));
  return [
    ...daemonAttention(document),
    ...[...hosts.values()].map((host) => hostAttention(host, failed, dependents, nowMs)),
    // One that nobody will try again before a person does comes before one that is tried in a second.
    ...own.sort((a, b) => urgency(b) - urgency(a)).map((resource) => failedAttention(resource, dependents, nowMs)),
    ...document.resources.filter((resource) => conditionOf(resource) === 'unknown').map((resource) => unknownAttention(resource)),
    ...unexplained.map((resource) => waitingAttention(resource, byName)),
  ];
}

/** Failed only because its host did. */
function isOfHost({ hostTrouble, lastFailure }: ResourceStatus): boolean {
  return hostTrouble !== null || lastFailure?.source === 'hostExited' || lastFailure?.source === 'hostTrouble';
}

function urgency({ nextAttemptAt }: ResourceStatus): number {
  return nextAttemptAt === null ? Number.MAX_SAFE_INTEGER : Date.parse(nextAttemptAt);
}

function daemonAttention({ daemon }: StatusDocument): readonly Attention[] {
  const attention: Attention[] = [];
  const subject = 'andond';
  if (daemon.trouble !== null) {
    const facts = ['failures are still noticed and resources restarted; changes are refused'];
    attention.push({ condition: 'failed', subject, what: printable(daemon.trouble), facts, next: 'andon doctor' });
  }
  if (daemon.configurationTrouble !== null) {
    const facts = ['nothing of the configuration files was taken; what was in force before still is'];
    const next = 'mend it, then: andon reload';
    attention.push({ condition: 'failed', subject, what: printable(daemon.configurationTrouble), facts, next });
  }
  return attention;
}

function hostAttention(
  host: HostStatus,
  failed: readonly ResourceStatus[],
  dependents: ReadonlyMap<string, readonly string[]>,
  nowMs: number,
): Attention {
  const own = failed.filter((resource) => resource.host === host.id).map(({ name }) => name);
  const facts = [
    host.nextStartAt === null ? '' : `next start ${inSpan(host.nextStartAt, nowMs)}`,
    own.length === 0 ? '' : `without it: ${names(own)}`,
    waiters([...new Set(own.flatMap((name) => dependents.get(name) ?? []))]),
  ];
  const next =
    host.state === 'quarantined' ? `andon logs ${host.id}; mend it; andon host unquarantine ${host.id}` : `andon logs ${host.id}`;
  const what = `${HOST_STATE[host.state] ?? host.state}${host.trouble === null ? '' : `: ${printable(host.trouble)}`}`;
  return { condition: 'failed', subject: `host ${host.id}`, what, facts: facts.filter((fact) => fact !== ''), next };
}

function failedAttention(resource: ResourceStatus, dependents: ReadonlyMap<string, readonly string[]>, nowMs: number): Attention {
  const { name, lastFailure, phase } = resource;
  const facts = [
    lastFailure === null ? '' : `${saidBy(lastFailure.source)}, ${span(nowMs - Date.parse(lastFailure.at))} ago`,
    resource.restarts > 0 ? `${resource.restarts} restart${resource.restarts === 1 ? '' : 's'} so far` : '',
    nextAttempt(resource, nowMs),
    waiters(dependents.get(name) ?? []),
  ];
  // The log of the built-in host tells of all applications; what happened to this one stands in the events.
  const again = lastFailure?.source === 'hangMode' ? `andon online ${name} --clear-hang` : `andon online ${name}`;
  const next = phase === 'failed' ? `andon events --resource ${name}; mend the cause; ${again}` : `andon events --resource ${name}`;
  const what = whatHappened(resource) || resource.state;
  return { condition: 'failed', subject: name, what, facts: facts.filter((fact) => fact !== ''), next };
}

function unknownAttention({ name, host, state }: ResourceStatus): Attention {
  return {
    condition: 'unknown',
    subject: name,
    what: `${state}: its host ${host} has not answered yet`,
    facts: [],
    next: 'andon host list',
  };
}

function waitingAttention(resource: ResourceStatus, byName: ReadonlyMap<string, ResourceStatus>): Attention {
  const { name } = resource;
  const what = `waits for ${waitWords(resource, byName, LONGEST_CHAIN)}`;
  const isOn = causesOf(resource, byName).some((cause) => cause.wanted === 'Online');
  // An explicit online of a dependent also wants its providers; an automatic one never does.
  const next = isOn ? `andon events --resource ${name}` : `andon online ${name}`;
  return { condition: 'waiting', subject: name, what, facts: isOn ? [] : ['what it needs is not wanted Online'], next };
}

/** What is at the end of its waiting: resources that wait for nothing themselves. */
function causesOf(resource: ResourceStatus, byName: ReadonlyMap<string, ResourceStatus>): readonly ResourceStatus[] {
  const causes: ResourceStatus[] = [];
  const seen = new Set([resource.name]);
  const open = [...resource.waitingFor];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const provider = byName.get(name);
    if (!provider || seen.has(name)) continue;
    seen.add(name);
    if (provider.waitingFor.length === 0) causes.push(provider);
    else open.push(...provider.waitingFor);
  }
  return causes;
}

function waitersByCause(
  waiting: readonly ResourceStatus[],
  byName: ReadonlyMap<string, ResourceStatus>,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const resource of waiting) {
    for (const { name } of causesOf(resource, byName)) {
      const before = found.get(name);
      if (before) before.push(resource.name);
      else found.set(name, [resource.name]);
    }
  }
  return found;
}

function waitWords({ waitingFor, dependsOn }: ResourceStatus, byName: ReadonlyMap<string, ResourceStatus>, further: number): string {
  const shown = waitingFor.slice(0, MOST_NAMES).map((name) => {
    const provider = byName.get(name);
    return provider ? `${name} (${providerWords(provider, byName, further)})` : name;
  });
  const more = waitingFor.length > shown.length ? `, and ${waitingFor.length - shown.length} more` : '';
  const choice = waitingFor.length > 1 && /\bor\b/i.test(dependsOn) ? `, by ${printable(dependsOn)}` : '';
  return `${shown.join(', ')}${more}${choice}`;
}

function providerWords(provider: ResourceStatus, byName: ReadonlyMap<string, ResourceStatus>, further: number): string {
  if (provider.waitingFor.length > 0 && further > 0) return `${provider.state}, waits for ${waitWords(provider, byName, further - 1)}`;
  if (conditionOf(provider) === 'failed') return [provider.state, whatHappened(provider)].filter((part) => part !== '').join(': ');
  return provider.state === 'Offline' && provider.wanted === 'Offline' ? 'Offline, as wanted' : provider.state;
}

function failureWords(resource: ResourceStatus): string {
  const { lastFailure } = resource;
  const what = whatHappened(resource);
  if (lastFailure === null || what === '') return what;
  return `${what} (${saidBy(lastFailure.source)})`;
}

function whatHappened({ hostTrouble, lastFailure, statusText, phase }: ResourceStatus): string {
  if (hostTrouble !== null) return printable(hostTrouble);
  const reason = printable(lastFailure?.reason ?? '') || printable(statusText);
  return phase === 'terminating' ? [reason, 'being cleaned up'].filter((part) => part !== '').join('; ') : reason;
}

function nextAttempt({ nextAttemptAt, phase }: ResourceStatus, nowMs: number): string {
  if (nextAttemptAt !== null) return `next attempt ${inSpan(nextAttemptAt, nowMs)}`;
  return phase === 'failed' ? 'not tried again by itself' : '';
}

function inSpan(iso: string, nowMs: number): string {
  const ms = Date.parse(iso) - nowMs;
  return ms > 0 ? `in ${span(ms)}` : 'now';
}

function waiters(resources: readonly string[]): string {
  return resources.length === 0 ? '' : `${names(resources)} ${resources.length === 1 ? 'waits' : 'wait'} for it`;
}

function names(all: readonly string[]): string {
  const shown = all.slice(0, MOST_NAMES);
  return all.length > shown.length ? `${shown.join(', ')} and ${all.length - shown.length} more` : shown.join(', ');
}
