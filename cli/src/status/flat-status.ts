import type { ResourceStatus } from '@andon/protocol';
import { type Cell, printable, styleOfState, table } from '../terminal/output.ts';
import { why } from '../terminal/words.ts';

/** One resource a line, for `grep`, `sort` and `awk`. */
export function flatStatus(resources: readonly ResourceStatus[]): string {
  const nowMs = Date.now();
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
