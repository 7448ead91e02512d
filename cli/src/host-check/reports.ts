import { HOST_REQUESTS, Request, type StatusReport } from '@andon/protocol';
import type { Entry } from './journal.ts';

/** The status report that this entry is, if it is one. */
export function reportIn(entry: Entry): StatusReport | undefined {
  if (entry.kind !== 'received' || entry.frame.type !== 'request') return undefined;
  const request = Request.safeParse(entry.frame.data).data;
  return request?.method === 'statusReport' ? HOST_REQUESTS.statusReport.params.safeParse(request.params).data : undefined;
}
