import { type Log, type Store, StoreTrouble } from '../ports/index.ts';

/** What the monitor writes on its own account. A disk that refuses must not stop it: adoption heals what is missing. */
export type RuntimeStore = Pick<Store, 'saveIncarnation' | 'deleteInstance' | 'saveHost' | 'deleteHost'>;

/** The store for the monitor: writes that the disk refuses are logged and given up, never thrown. */
export function tolerant(store: Store, log: Log): RuntimeStore {
  const attempt = (what: string, write: () => void): void => {
    try {
      write();
    } catch (error) {
      if (!(error instanceof StoreTrouble)) throw error;
      log.error({ what, reason: error.message }, 'the store cannot be written; going on in memory');
    }
  };
  return {
    saveIncarnation: (name, incarnation) => attempt('incarnation', () => store.saveIncarnation(name, incarnation)),
    deleteInstance: (name) => attempt('instance', () => store.deleteInstance(name)),
    saveHost: (host) => attempt('host', () => store.saveHost(host)),
    deleteHost: (hostId) => attempt('host', () => store.deleteHost(hostId)),
  };
}
