import type { GroupState, ResourceState } from '@andon/protocol';
import type { Instance } from './life-cycle/instance.ts';

/** Whether the state stays as it is unless somebody acts or `nextAttemptAtMs` comes. A host that cannot start settles at once. */
export function isSettled(instance: Instance): boolean {
  if (instance.unconfirmed) return false;
  switch (instance.phase) {
    case 'closed':
    case 'offline':
    case 'online':
    case 'failed':
      return true;
    case 'awaitingHost':
      return instance.trouble !== null;
    case 'opening':
    case 'onlineCalled':
    case 'onlinePending':
    case 'offlineCalled':
    case 'offlinePending':
    case 'terminating':
    case 'restartDelay':
    case 'closing':
      return false;
  }
}

/** State of a group, derived from its resources. */
export function groupState(states: readonly ResourceState[]): GroupState {
  const some = (...wanted: readonly ResourceState[]): boolean => states.some((state) => wanted.includes(state));
  if (some('Failed')) return 'Failed';
  if (some('OnlinePending', 'OfflinePending', 'Initializing', 'Unknown')) return 'Pending';
  if (!some('Online')) return 'Offline';
  return some('Offline') ? 'PartialOnline' : 'Online';
}
