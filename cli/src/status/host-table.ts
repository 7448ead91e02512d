import type { HostStatus } from '@andon/protocol';
import { printable, styleOfState, table } from '../terminal/output.ts';
import { span } from '../terminal/words.ts';

export function hostTable(hosts: readonly HostStatus[], nowMs: number = Date.now()): string {
  const rows = hosts.map((host) => [
    host.id,
    { text: host.state, style: styleOfState(host.state) },
    host.pid === null ? '-' : String(host.pid),
    host.startedAt === null ? '-' : span(nowMs - Date.parse(host.startedAt)),
    String(host.resources),
    String(host.deaths),
    host.types.join(' '),
    hostWhy(host, nowMs),
  ]);
  return table(['HOST', 'STATE', 'PID', 'UP', 'RESOURCES', 'DEATHS', 'TYPES', 'WHY'], rows);
}

function hostWhy(host: HostStatus, nowMs: number): string {
  const next = host.nextStartAt === null ? '' : `next start in ${span(Date.parse(host.nextStartAt) - nowMs)}`;
  const way = host.state === 'quarantined' ? `clear with: andon host unquarantine ${host.id}` : '';
  return [printable(host.trouble ?? ''), next, way].filter((part) => part !== '').join('; ');
}
