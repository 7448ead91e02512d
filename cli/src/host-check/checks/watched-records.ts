import { MAX_FAILURE_RECORD_BYTES, Request } from '@andon/protocol';
import { type Entry, shown } from '../journal.ts';
import type { Stage } from '../stage.ts';

export const RECORD_RULES = ['E-1', 'E-2', 'E-8'] as const;
/** What was written before close was answered may be read after it. */
const CLOSING_MS = 250;

/** Holds every record of a stage against the rules for all records; answers how many there were. */
export function lookAtRecords({ journal, judge, pipes }: Stage): number {
  const closedAtMs = new Map<string, number>();
  let count = 0;
  for (const entry of journal.since(0)) {
    if (entry.kind === 'sent') noteLife(entry, closedAtMs);
    if (entry.kind !== 'record' || entry.record === null) continue;
    count++;
    const { record, line, atMs } = entry;
    const bytes = Buffer.byteLength(line, 'latin1');
    if (bytes > MAX_FAILURE_RECORD_BYTES) judge.broken('E-1', `a record of ${bytes} bytes: ${shown(line)}`);
    if (record.kind === 'malformed') judge.broken('E-1', `${record.why}: ${shown(line)}`);
    else {
      if (record.incarnation === null) judge.broken('E-2', `no incarnation: ${shown(line)}`);
      const closed = closedAtMs.get(record.resource);
      if (closed === undefined || closed + CLOSING_MS < atMs) {
        judge.broken('E-8', `${closed === undefined ? 'never opened' : 'closed before'}: ${shown(line)}`);
      }
    }
  }
  for (const { torn } of pipes) if (torn !== null) judge.broken('E-1', `the beginning of a record, without its end: ${shown(torn)}`);
  return count;
}

/** When each resource was closed; one that is open has not been closed yet. */
function noteLife({ text, atMs }: Entry & { readonly kind: 'sent' }, closedAtMs: Map<string, number>): void {
  for (const { method, params } of requestsIn(text)) {
    const name = String(Object(params)['resourceId']);
    if (method === 'open') closedAtMs.set(name, Number.POSITIVE_INFINITY);
    if (method === 'close') closedAtMs.set(name, atMs);
  }
}

function requestsIn(text: string): readonly Request[] {
  return text.split('\f').flatMap((piece) => {
    if (!piece.includes('"open"') && !piece.includes('"close"')) return [];
    try {
      return Request.safeParse(JSON.parse(piece)?.data).data ?? [];
    } catch {
      // Half a frame, sent so on purpose.
      return [];
    }
  });
}
