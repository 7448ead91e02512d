import { AndonError, type ControlResult, GroupDefinition } from '@andon/protocol';
import { groupState } from '../../core/settled.ts';
import { publicState } from '../../core/life-cycle/phases.ts';
import { type Context, saveConfiguration } from './context.ts';

export function groupAdd(context: Context, { group }: { group: GroupDefinition }): ControlResult<'groupAdd'> {
  if (context.registry.groups.has(group.name)) {
    throw new AndonError('nameTaken', { what: 'group', name: group.name, hint: 'See: andon group list' });
  }
  saveConfiguration(context, { saveGroups: [group] });
  installGroup(context, group);
  return {};
}

export function installGroup({ registry, journal }: Context, group: GroupDefinition): void {
  const isNew = !registry.groups.has(group.name);
  registry.groups.set(group.name, group);
  if (isNew) journal.publish('groupAdded', { group: group.name });
}

/** A resource may name a group that is not there yet; it is made with it. Answers what has to be stored. */
export function ensureGroup(context: Context, name: string | null): GroupDefinition[] {
  if (name === null || context.registry.groups.has(name)) return [];
  const group = GroupDefinition.parse({ name });
  installGroup(context, group);
  return [group];
}

export function groupRemove(context: Context, { name, force }: { name: string; force: boolean }): ControlResult<'groupRemove'> {
  const { registry } = context;
  const members = registry.resourcesOfGroup(registry.group(name).name);
  if (members.length > 0 && !force) throw new AndonError('groupInUse', { name, resources: members.join(', ') });
  const resources = members.map((member) => registry.resource(member));
  const saveResources = resources.map(({ definition }) => ({ ...definition, group: null }));
  const warnings = registry.sources.warnings('group', name);
  saveConfiguration(context, { deleteGroups: [name], saveResources });
  dropGroup(context, name);
  return { warnings };
}

/** Forgets a group that the store has forgotten; its resources stay, without one. */
export function dropGroup({ registry, journal }: Context, name: string): void {
  for (const member of registry.resourcesOfGroup(name)) {
    const resource = registry.resource(member);
    resource.definition = { ...resource.definition, group: null };
  }
  registry.groups.delete(name);
  registry.sources.set('group', name, null);
  journal.publish('groupRemoved', { group: name });
}

export function groupList({ registry }: Context): ControlResult<'groupList'> {
  const groups = [...registry.groups.values()].map(({ name, description }) => {
    const resources = registry.resourcesOfGroup(name);
    const states = resources.map((resource) => publicState(registry.resource(resource).instance));
    return { name, description, state: groupState(states), resources: [...resources] };
  });
  return { groups: groups.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}
