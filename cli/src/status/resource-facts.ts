import type { ResourceStatus } from '@andon/protocol';
import { facts, paint, printable, styleOfState } from '../terminal/output.ts';
import { localTime, saidBy, why } from '../terminal/words.ts';

/** Everything there is to say of one resource. */
export function resourceFacts(resource: ResourceStatus, dependents: readonly string[] = []): string {
  const { lastFailure } = resource;
  return facts([
    ['name', resource.name],
    ['type', resource.type],
    ['group', resource.group ?? ''],
    ['state', `${paint(styleOfState(resource.state), resource.state)} (${phaseWords(resource)}wanted ${resource.wanted})`],
    ['why', printable(why(resource, Date.now()))],
    ['host', `${resource.host}${resource.monitorProcessId === null ? '' : `, pid ${resource.monitorProcessId}`}`],
    ['contract', contractWords(resource)],
    ['incarnation', String(resource.incarnation)],
    ['restarts', String(resource.restarts)],
    ['depends on', resource.dependsOn],
    ['needed by', dependents.join(', ')],
    ['last failure', lastFailure ? `${localTime(lastFailure.at)} ${printable(lastFailure.reason)} (${saidBy(lastFailure.source)})` : ''],
    ['data', [resource.data1, resource.data2].filter((value) => value !== null).join(' ')],
  ]);
}

/** Where the state says less than the phase. */
function phaseWords({ phase, state }: ResourceStatus): string {
  return phase === state.toLowerCase() ? '' : `${phase}; `;
}

function contractWords({ contract, polls }: ResourceStatus): string {
  if (contract === null) return '';
  const intervals = polls
    ? [intervalWords('looksAlive', polls.looksAlive), intervalWords('isAlive', polls.isAlive)].filter((text) => text !== '')
    : [];
  return [contract === 'event' ? 'event handle' : 'poll', ...intervals].join(', ');
}

function intervalWords(call: string, interval: { readonly ms: number | null; readonly source: string }): string {
  return interval.ms === null ? '' : `${call} every ${interval.ms} ms (${interval.source})`;
}
