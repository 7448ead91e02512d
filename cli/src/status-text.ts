import type { ResourceStatus, StatusDocument } from '@andon/protocol';
import { hasTrouble, hostTable } from './host-table.ts';
import { type Cell, paint, plural, printable, styleOfState, table } from './output.ts';
import { resourceFacts } from './resource-facts.ts';
import { span, why } from './words.ts';

/** `andon status` for people: the daemon in a line, the resources as a table, the hosts only when one is in trouble. */
export function statusText(document: StatusDocument, names: readonly string[]): string {
  const nowMs = Date.now();
  if (names.length > 0) return document.resources.map((resource) => resourceFacts(resource)).join('\n\n');
  const troubled = document.hosts.filter(hasTrouble);
  return [
    daemonLine(document, nowMs),
    document.daemon.trouble === null ? '' : paint('red', `trouble: ${printable(document.daemon.trouble)}`),
    document.resources.length > 0
      ? `\n${resourceTable(document.resources, nowMs)}`
      : 'There are no resources. Configure one with: andon resource add NAME --type TYPE',
    troubled.length > 0 ? `\nHosts in trouble:\n${hostTable(troubled, nowMs)}` : '',
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function daemonLine({ daemon, hosts, resources }: StatusDocument, nowMs: number): string {
  const up = span(nowMs - Date.parse(daemon.startedAt));
  const counts = `${plural(resources.length, 'resource')}, ${plural(hosts.length, 'host')}`;
  return `andond ${daemon.version} (${daemon.scope}), pid ${daemon.pid}, up ${up}, ${daemon.runtimeDir}: ${counts}`;
}

function resourceTable(resources: readonly ResourceStatus[], nowMs: number): string {
  const rows = resources.map((resource): readonly (string | Cell)[] => [
    resource.name,
    { text: resource.state, style: styleOfState(resource.state) },
    resource.wanted,
    resource.type,
    resource.host,
    resource.contract ?? '-',
    String(resource.restarts),
    printable(why(resource, nowMs)),
  ]);
  return table(['NAME', 'STATE', 'WANTED', 'TYPE', 'HOST', 'CONTRACT', 'RESTARTS', 'WHY'], rows);
}
