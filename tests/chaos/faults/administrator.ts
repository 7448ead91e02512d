import { ResourceName } from '@andon/protocol';
import { isAlone } from '../fleet.ts';
import { pick, type Fault, type World } from '../world.ts';

const REQUESTS = 6;

/** An administrator who asks for things just now: fail, offline and online, a resource that comes and goes, status and events. */
export const administrator: Fault = {
  kind: 'administrator',
  share: 6,
  lacks: () => null,
  async inject(world) {
    for (let index = 0; index < REQUESTS; index++) {
      // A daemon that is being killed answers nobody; what it refuses is refused.
      await pick(REQUESTED, world.random)?.(world).catch(() => undefined);
    }
  },
};

const REQUESTED: readonly ((world: World) => Promise<unknown>)[] = [
  async ({ daemon, ledger, fleet, random }) => {
    const name = pick(fleet, random)?.name ?? '';
    ledger.enter('asked', { resource: name, text: 'fail' });
    await daemon.request('fail', { name });
  },
  async ({ daemon, ledger, fleet, random }) => {
    const name = pick(fleet.filter(isAlone), random)?.name ?? '';
    ledger.enter('asked', { resource: name, text: 'offline' });
    await daemon.request('offline', { names: [name] });
  },
  ({ daemon, resources }) =>
    daemon.request('online', { names: resources.filter(({ wanted }) => wanted === 'Offline').map(({ name }) => name) }),
  async ({ daemon, random }) => {
    const name = ResourceName.parse(`guest-${Math.floor(random() * 1e9)}`);
    await daemon.request('resourceAdd', { resource: { name, type: 'generic-application', set: { command: 'sleep', args: ['1000000'] } } });
    await daemon.request('online', { names: [name] });
    await daemon.request('resourceRemove', { name, force: true });
  },
  ({ daemon }) => daemon.request('status', {}),
  ({ daemon }) => daemon.request('events', { afterSeq: 0, limit: 100 }),
];
