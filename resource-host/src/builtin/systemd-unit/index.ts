import { event } from '../../contract.ts';
import { defineResourceType } from '../../define.ts';
import { ManagedUnit } from './managed-unit.ts';
import { requireSystemd } from './manager.ts';
import { UnitProperties } from './properties.ts';

/** A unit of the service manager. */
export const systemdUnit = defineResourceType({
  name: 'systemd-unit',
  description: 'Starts and stops a unit of systemd. The manager tells over D-Bus when it is no longer active. Never polled.',
  properties: UnitProperties,
  startup: () => requireSystemd(),
  async open({ properties, recover, foundRunning }) {
    const unit = new ManagedUnit();
    if (recover && (await unit.isActive(properties))) foundRunning();
    return unit;
  },
  async online(resource) {
    await resource.state.online(resource);
    return event();
  },
  async offline(resource) {
    await resource.state.offline(resource);
    resource.setProperties({ statusText: '' });
  },
  async terminate(resource) {
    await resource.state.terminate(resource);
    resource.setProperties({ statusText: '' });
  },
  isAlive: (resource) => resource.state.isAlive(resource),
});
