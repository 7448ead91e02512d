import { z } from 'zod';

/** What anyone outside the daemon sees of a resource. The numbers are those of the Windows Cluster API. */
export const STATE_NUMBERS = {
  Unknown: -1,
  Initializing: 1,
  Online: 2,
  Offline: 3,
  Failed: 4,
  OnlinePending: 129,
  OfflinePending: 130,
} as const;

export const ResourceState = z.enum(['Unknown', 'Initializing', 'Online', 'Offline', 'Failed', 'OnlinePending', 'OfflinePending']);
export type ResourceState = z.infer<typeof ResourceState>;

/** What the administrator asked for last. Survives failures and restarts of the daemon. */
export const WantedState = z.enum(['Online', 'Offline']);
export type WantedState = z.infer<typeof WantedState>;

export const GroupState = z.enum(['Online', 'Offline', 'Failed', 'Pending', 'PartialOnline']);
export type GroupState = z.infer<typeof GroupState>;

export const HostState = z.enum(['starting', 'up', 'adopting', 'disconnected', 'backingOff', 'quarantined', 'stopping', 'down']);
export type HostState = z.infer<typeof HostState>;
