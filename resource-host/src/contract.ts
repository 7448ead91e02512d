import { Contract } from '@andon/protocol';
import { describeIssues } from './properties.ts';

/** The answer of an `online` whose resource is polled. Intervals in ms, at least 10; absent = the type's, else 5000 and 60000. */
export function poll(intervals: { readonly looksAliveMs?: number; readonly isAliveMs?: number } = {}): Contract {
  return { contract: 'poll', ...intervals };
}

/** The answer of an `online` whose resource calls `resource.fail(reason)` when it fails: it is never polled. */
export function event(): Contract {
  return { contract: 'event', eventHandle: THIS_HOSTS_HANDLE };
}

/** Stands for the handle that the daemon named in the online request; replaced before the answer leaves. */
const THIS_HOSTS_HANDLE = '\0this host';

/** What an author's `online` answered, as it travels. Throws TypeError when it is no contract. */
export function checkedContract(answered: Contract, eventHandle: string): Contract {
  const own = answered?.contract === 'event' && answered.eventHandle === THIS_HOSTS_HANDLE;
  const parsed = Contract.safeParse(own ? { ...answered, eventHandle } : answered);
  if (parsed.success) return parsed.data;
  throw new TypeError(`online must return event() or poll({…}): ${describeIssues(parsed.error)}`);
}
